/**
 * Content digests, branded by the kind of content, so that the compiler refuses a file's digest where a task's is
 * meant.
 */
declare const kind: unique symbol;
export type Digest<Kind extends string> = string & { readonly [kind]: Kind };

/** SHA-256 of bytes or UTF-8 text, 64 lower-case hex digits. */
export function sha256<Kind extends string>(content: string | Uint8Array): Digest<Kind> {
  return new Bun.CryptoHasher("sha256").update(content).digest("hex") as Digest<Kind>;
}
