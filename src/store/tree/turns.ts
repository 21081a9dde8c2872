/** Lets others run during long work, and sees cancellation, every few milliseconds. */
export interface Turns {
  /** Whether somebody else should get a turn now. */
  due(): boolean;
  /** Gives others a turn where one is due. @throws the signal's reason once it is aborted */
  take(): Promise<void>;
}

/** How long the work goes on before others get a turn: short enough for a view that redraws. */
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
