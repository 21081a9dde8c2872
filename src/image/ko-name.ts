/** ko's import paths are names of images once their scheme is off. */

const scheme = "ko://";

/** The import path of a `ko://` name; undefined for any other name. */
export function importPathOf(image: string): string | undefined {
  return image.startsWith(scheme) ? image.slice(scheme.length) : undefined;
}

/** What an image is called in an engine or a registry. */
export function imageNameOf(image: string): string {
  return importPathOf(image)?.toLowerCase() ?? image;
}
