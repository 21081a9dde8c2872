/**
 * Random bytes from the global `crypto` object of the runtime. The module `node:crypto` is avoided because loading it
 * costs time at start.
 */

/** @param count at most 65,536 */
export function randomBytes(count: number): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(count)).buffer);
}

/** A random text of lower-case hex digits, two for each byte. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}
