/** The buildpacks builder: images from sources alone, through the `pack` program. */
import type { Builder } from "../builder.ts";
import { buildBuildpacks } from "./build.ts";
import { inspectBuildpacks } from "./inspect.ts";
import { buildpacksSection } from "./section.ts";

export function buildpacksBuilder(): Builder {
  return {
    name: "buildpacks",
    needsEngine: () => true,
    readsRequired: "engine",
    work(setting) {
      const section = buildpacksSection(setting.artifact);
      return {
        async inspect(signal) {
          signal.throwIfAborted();
          return inspectBuildpacks(section, setting);
        },
        build: (request, signal, emit) => buildBuildpacks(section, setting, request, signal, emit),
      };
    },
  };
}
