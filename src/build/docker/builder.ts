/** The Docker builder: Dockerfile artifacts through the Docker client. */
import type { Builder } from "../builder.ts";
import { buildDocker } from "./build.ts";
import { inspectDocker } from "./inspect.ts";
import type { BaseImage } from "./plan.ts";
import type { DockerSpec } from "./spec.ts";

/** @param baseImage config of a base image where it is known without asking a registry */
export function dockerBuilder(baseImage?: (name: string) => BaseImage | undefined): Builder<DockerSpec> {
  return {
    name: "docker",
    inspect: (spec, signal) => {
      signal.throwIfAborted();
      return inspectDocker(spec, baseImage);
    },
    build: buildDocker,
  };
}
