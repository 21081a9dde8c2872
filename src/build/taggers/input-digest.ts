/** `inputDigest`: the digest of the artifact's input files, 64 hex digits, without arguments and platforms. */
import type { Tagger } from "./tagger.ts";

export function inputDigestTagger(): Tagger {
  return {
    name: "inputDigest",
    fromKey: true,
    async tag({ inputDigest }) {
      if (inputDigest === undefined) throw new Error("the inputDigest tagger needs the digest of the input files");
      return { tag: inputDigest };
    },
  };
}
