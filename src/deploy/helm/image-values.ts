/**
 * The variables for images in a release's templates, with the reference tool's names: once for each image by its index
 * (`IMAGE_TAG`, `IMAGE_TAG2`) and once by its name (`IMAGE_TAG_acme_web`). In helm's sections `IMAGE_REPO` is the whole
 * repository. Pure.
 */
import { parseReference } from "../../image/reference.ts";

export interface NamedReference {
  /** The image's name in the project. */
  readonly image: string;
  /** With tag, digest or both. Absent: the release does not use the image, which has no variables, but keeps its place. */
  readonly reference?: string;
}

/** Values by name. A local image has its content id in the place of a tag. */
export function imageVariables(images: readonly NamedReference[]): Record<string, string> {
  const all: Record<string, string> = {};
  images.forEach(({ image, reference }, i) => {
    if (reference === undefined) return;
    const own = variablesOf(reference);
    const byPlace = i === 0 ? "" : String(i + 1);
    const byName = `_${image.replace(/[/\-.:]/g, "_")}`;
    for (const [name, value] of Object.entries(own)) {
      all[`${name}${byPlace}`] = value;
      all[`${name}${byName}`] = value;
    }
  });
  return all;
}

/**
 * Which images the variables in the templates stand for.
 * @param images of the project, in their order
 */
export function imagesNamed(images: readonly string[], templates: readonly string[]): readonly string[] {
  const names = new Set(templates.flatMap((text) => text.match(/\b(?:IMAGE|DIGEST)\w*/g) ?? []));
  if (names.size === 0) return [];
  return images.filter((image) => {
    const alone = images.map((each) => (each === image ? { image: each, reference: each } : { image: each }));
    return Object.keys(imageVariables(alone)).some((name) => names.has(name));
  });
}

function variablesOf(reference: string): Record<string, string> {
  const { registry, repository, written, tag = "", digest = "" } = parseReference(reference);
  const [algorithm = "", hex = ""] = digest.split(":");
  const hasDomain = written.startsWith(`${registry}/`);
  const tagged = digest === "" ? tag : tag === "" ? digest : `${tag}@${digest}`;
  return {
    IMAGE_NAME: written,
    IMAGE_REPO: written,
    IMAGE_TAG: tagged,
    IMAGE_DIGEST: digest,
    IMAGE_DOMAIN: hasDomain ? registry : "",
    IMAGE_REPO_NO_DOMAIN: hasDomain ? repository : written,
    IMAGE_FULLY_QUALIFIED: reference,
    DIGEST: digest,
    DIGEST_ALGO: algorithm,
    DIGEST_HEX: hex,
  };
}
