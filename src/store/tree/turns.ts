/**
 * Lets other callbacks of the event loop run during long synchronous work, and checks for cancellation, every few
 * milliseconds.
 */
export interface Turns {
  /** Whether the event loop should run now. */
  due(): boolean;
  /**
   * Lets the event loop run where that is due.
   * @throws the signal's reason once it is aborted
   */
  take(): Promise<void>;
}

/** How long work may block the event loop: short enough for a view that redraws. */
const turnMs = 12;

/** @throws the signal's reason where it is aborted already */
export function turns(signal: AbortSignal): Turns {
  let last = performance.now();
  signal.throwIfAborted();
  return {
    due: () => performance.now() - last > turnMs,
    async take() {
      if (performance.now() - last <= turnMs) return;
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      last = performance.now();
    },
  };
}
