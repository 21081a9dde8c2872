/** The Docker builder: Dockerfile artifacts through the Docker client. */
import type { Builder } from "../builder.ts";
import { buildDocker } from "./build.ts";
import { inferPlacer } from "./dockerfile/infer.ts";
import { dockerfileHints } from "./hints.ts";
import { inspectDocker } from "./inspect.ts";
import { dockerFiles, dockerSection } from "./section.ts";
import { dockerSpec } from "./spec-of.ts";

export function dockerBuilder(): Builder {
  return {
    name: "docker",
    readsRequired: "engine",
    needsEngine: () => true,
    namedFiles: dockerFiles,
    work(setting) {
      const { artifact } = setting;
      const section = dockerSection(artifact);
      const unbuilt = Object.fromEntries(artifact.requires.map(({ alias }) => [alias, null]));
      return {
        async inspect(signal) {
          signal.throwIfAborted();
          const { sources, bases, notices, plan, keyParts } = await inspectDocker(
            dockerSpec(section, setting, "", unbuilt),
          );
          return {
            sources,
            bases,
            notices,
            keyParts: (tag, seal) => keyParts(dockerSpec(section, setting, tag, unbuilt), seal),
            infer: (patterns, tree) => inferPlacer(patterns, plan, tree),
            hints: (synced) => dockerfileHints(plan, section.dockerfile, synced),
          };
        },
        build({ tag, references, required }, signal, emit) {
          const spec = dockerSpec(section, setting, tag, required);
          return buildDocker({ artifact: artifact.image, spec, tags: references }, signal, emit);
        },
      };
    },
  };
}
