/** Random bytes of the runtime's own source, which every program has: a library of ciphers takes a while to load. */

/** At most 65,536 of them. */
export function randomBytes(count: number): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(count)).buffer);
}

/** Twice as many lower-case hex digits as bytes. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}
