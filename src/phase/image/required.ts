/** Which images of a project other artifacts of it are built on. */
export function requiredImages(
  artifacts: readonly { readonly requires: readonly { readonly image: string }[] }[],
): ReadonlySet<string> {
  return new Set(artifacts.flatMap(({ requires }) => requires.map(({ image }) => image)));
}
