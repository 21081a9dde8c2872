/**
 * `sha256`: a tag that names the build's inputs, `sha256-` and the first 12 hex digits of the build key. `latest` is
 * moved to the image as well, for users of the name that this policy historically gave; where the image's name has a
 * tag, that tag is moved instead.
 */
import type { Tagger } from "./tagger.ts";

export function sha256Tagger(): Tagger {
  return {
    name: "sha256",
    fromKey: true,
    async tag({ image, buildKey }) {
      if (buildKey === undefined) throw new Error("the sha256 tagger needs the build key");
      return { tag: `sha256-${buildKey.slice(0, 12)}`, also: [tagInName(image) ?? "latest"] };
    },
  };
}

function tagInName(image: string): string | undefined {
  const name = image.slice(image.lastIndexOf("/") + 1).split("@")[0] ?? "";
  const colon = name.indexOf(":");
  return colon < 0 ? undefined : name.slice(colon + 1);
}
