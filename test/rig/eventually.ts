/**
 * Waits for something outside to become true, by asking again and again until a deadline; never a bare sleep. Only what
 * will never come takes as long as the deadline, so it is far beyond what a slow and busy machine needs.
 */

/** The first value of `look` that is not undefined. @throws Error with the last failure when the time is over. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  seconds = 120,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const value = await look();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    await Bun.sleep(20);
  }
  throw new Error(`${what}: not within ${seconds} s${last ? `; last: ${last}` : ""}`);
}
