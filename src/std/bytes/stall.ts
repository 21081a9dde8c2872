/**
 * A limit on standing still, not on duration: work that goes on may take as long as it needs, and work that hangs ends
 * after a while without progress.
 */
import type { Clock } from "../clock.ts";

export interface Stall extends Disposable {
  /** Aborted once nothing has moved for too long. */
  readonly signal: AbortSignal;
  /** There was progress just now. @param moreMs how much longer than usual the next progress may take */
  moved(moreMs?: number): void;
}

/** Begins at once. To be disposed when the work has ended. */
export function stallAfter(ms: number, clock: Clock): Stall {
  const stalled = new AbortController();
  const ended = new AbortController();
  let until = clock.now() + ms;
  const watch = async () => {
    for (let left = ms; left > 0; left = until - clock.now()) await clock.sleep(left, ended.signal);
    stalled.abort(new DOMException(`nothing has moved for ${ms / 1000} s`, "TimeoutError"));
  };
  watch().catch(() => undefined);
  return {
    signal: stalled.signal,
    moved(moreMs = 0) {
      until = clock.now() + ms + moreMs;
    },
    [Symbol.dispose]: () => ended.abort(),
  };
}
