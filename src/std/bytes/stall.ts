/**
 * A deadline for progress instead of duration: work that makes progress may take as long as it needs, and work without
 * progress for a given time is aborted.
 */
import type { Clock } from "../clock.ts";

export interface Stall extends Disposable {
  /** Aborted once there was no progress for the given time. */
  readonly signal: AbortSignal;
  /** Reports progress and starts the time anew. @param moreMs how much longer than usual the next progress may take */
  moved(moreMs?: number): void;
}

/** The time starts at once. The caller disposes the result when the work has ended. */
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
