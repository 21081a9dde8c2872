/** The names of ko images: import paths, with or without their scheme `ko://`. */

const scheme = "ko://";

/** The import path of a `ko://` name; undefined for any other name. */
export function importPathOf(image: string): string | undefined {
  return image.startsWith(scheme) ? image.slice(scheme.length) : undefined;
}

/** The image's name in an engine or a registry. */
export function imageNameOf(image: string): string {
  return importPathOf(image)?.toLowerCase() ?? image;
}
