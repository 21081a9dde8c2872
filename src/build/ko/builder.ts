/** The ko builder: Go programs through the `ko` program, without a Dockerfile. */
import type { Builder } from "../builder.ts";
import { buildKo, buildsInEngine } from "./build.ts";
import { inspectKo } from "./inspect.ts";
import { koSection } from "./section.ts";

export function koBuilder(): Builder {
  return {
    name: "ko",
    readsRequired: "engine",
    needsEngine: (artifact) => buildsInEngine(koSection(artifact), artifact),
    work(setting) {
      const section = koSection(setting.artifact);
      return {
        inspect: (signal) => inspectKo(section, setting, signal),
        build: (request, signal, emit) => buildKo(section, setting, request, signal, emit),
      };
    },
  };
}
