/** Time that passes only when a test says so. Sleepers wake in order of their time, each with its consequences drained. */
import type { Clock } from "../../src/std/clock.ts";

export interface VirtualClock extends Clock {
  /** Lets time pass; everything that sleeps until then has woken and run when it resolves. */
  advance(ms: number): Promise<void>;
  /** Lets what is ready run, without time passing. */
  settle(): Promise<void>;
  readonly sleepers: number;
}

export function virtualClock(start = 1_000_000): VirtualClock {
  let now = start;
  const sleeping = new Set<{ readonly at: number; readonly wake: () => void }>();
  const settle = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
  return {
    now: () => now,
    get sleepers() {
      return sleeping.size;
    },
    sleep(ms, signal) {
      return new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const entry = {
          at: now + ms,
          wake: () => {
            sleeping.delete(entry);
            signal?.removeEventListener("abort", onAbort);
            resolve();
          },
        };
        const onAbort = () => {
          sleeping.delete(entry);
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", onAbort, { once: true });
        sleeping.add(entry);
      });
    },
    settle,
    async advance(ms) {
      const until = now + ms;
      for (;;) {
        await settle();
        const next = [...sleeping].filter((s) => s.at <= until).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        now = Math.max(now, next.at);
        next.wake();
      }
      now = until;
      await settle();
    },
  };
}
