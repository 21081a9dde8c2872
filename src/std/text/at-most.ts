/** A wait with a time limit for work that continues after the limit. */
import type { Clock } from "../clock.ts";

/** Whether the promise settled within `ms`. The result of the promise is ignored, and the wait never rejects. */
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
