/**
 * Values that may be secret, as they enter keys, records and logs: a keyed hash. Equal values give equal seals, so a
 * change is seen; the value itself is never written, and without the store's secret nobody can try guesses against it.
 */
const mark = "sealed:";

/**
 * @param secret the store's own (`Store.secret`); another secret gives other seals, hence other keys
 * @returns the function that builders know as `seal`
 */
export function sealer(secret: string): (value: string) => string {
  return (value) => mark + new Bun.CryptoHasher("sha256", secret).update(value).digest("hex").slice(0, 32);
}

/** Whether a text is a seal. A user's own value that only looks like one is hidden too: the safe side. */
export function isSealed(text: string): boolean {
  return text.startsWith(mark);
}
