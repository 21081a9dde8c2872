/**
 * The variables for images in a release's templates, with the reference tool's names: once for each image by its index
 * (`IMAGE_TAG`, `IMAGE_TAG2`) and once by its name (`IMAGE_TAG_acme_web`). In helm's sections `IMAGE_REPO` is the whole
 * repository. Pure.
 */
import { parseReference } from "../../image/reference.ts";

export interface NamedReference {
  /** The image's name in the project. */
  readonly image: string;
  /** With tag, digest or both. */
  readonly reference: string;
}

/** Values by name. A local image has its content id in the place of a tag. */
export function imageVariables(images: readonly NamedReference[]): Record<string, string> {
  const all: Record<string, string> = {};
  images.forEach(({ image, reference }, i) => {
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
