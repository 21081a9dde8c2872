/** All builders, by the names of their sections. A new builder is a folder and a line here. */
import type { Artifact, NamedFile } from "../config/project.ts";
import type { FileChecks } from "../config/resolve/scope.ts";
import type { Builder } from "./builder.ts";
import { buildpacksBuilder } from "./buildpacks/builder.ts";
import { customBuilder } from "./custom/builder.ts";
import { dockerBuilder } from "./docker/builder.ts";
import { kanikoBuilder } from "./kaniko/builder.ts";
import { koBuilder } from "./ko/builder.ts";

export type Builders = ReadonlyMap<string, Builder>;

export const builders: Builders = byName(
  dockerBuilder(),
  customBuilder(),
  koBuilder(),
  buildpacksBuilder(),
  kanikoBuilder(),
);

export function byName(...all: readonly Builder[]): Builders {
  return new Map(all.map((builder) => [builder.name, builder]));
}

/** The files that the section of the artifact's builder names. */
export function namedFiles(artifact: Artifact, files: FileChecks): readonly NamedFile[] {
  return builders.get(artifact.builder.kind)?.namedFiles?.(artifact, files) ?? [];
}
