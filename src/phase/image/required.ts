import type { ArtifactWork } from "./artifact.ts";

/** The images of a project that other artifacts of it are built on. */
export function requiredImages(
  artifacts: readonly { readonly requires: readonly { readonly image: string }[] }[],
): ReadonlySet<string> {
  return new Set(artifacts.flatMap(({ requires }) => requires.map(({ image }) => image)));
}

/** Where builds of other artifacts read the image. */
export function readersOf(
  image: string,
  artifacts: readonly Pick<ArtifactWork, "requires" | "readsRequired">[],
): ReadonlySet<ArtifactWork["readsRequired"]> {
  const readers = artifacts.filter(({ requires }) => requires.some((required) => required.image === image));
  return new Set(readers.map(({ readsRequired }) => readsRequired));
}
