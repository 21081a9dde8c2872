/** The custom builder: images that a command of the user makes. */
import type { Builder } from "../builder.ts";
import { buildCustom } from "./build.ts";
import { inspectCustom } from "./inspect.ts";
import { customSection } from "./section.ts";

export function customBuilder(): Builder {
  return {
    name: "custom",
    readsRequired: "engine",
    needsEngine: () => true,
    rewrites: true,
    work(setting) {
      const section = customSection(setting.artifact);
      return {
        inspect: (signal) => inspectCustom(section, setting, signal),
        build: (request, signal, emit) => buildCustom(section, setting, request, signal, emit),
      };
    },
  };
}
