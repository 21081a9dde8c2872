/** Content digests, branded by what they are the digest of, so that a file's can never pass for a task's. */
declare const kind: unique symbol;
export type Digest<Kind extends string> = string & { readonly [kind]: Kind };

/** SHA-256 of bytes or UTF-8 text, 64 lower-case hex digits. */
export function sha256<Kind extends string>(content: string | Uint8Array): Digest<Kind> {
  return new Bun.CryptoHasher("sha256").update(content).digest("hex") as Digest<Kind>;
}
