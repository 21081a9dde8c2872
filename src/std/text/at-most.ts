/** A wait that its caller leaves after a while, with work that goes on. */
import type { Clock } from "../clock.ts";

/** Whether the promise settled within `ms`. Says nothing of its result, and never rejects. */
export async function settledWithin(promise: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  const enough = new AbortController();
  const settled = promise.then(
    () => true,
    () => true,
  );
  const late = clock.sleep(ms, enough.signal).then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    enough.abort();
  }
}
