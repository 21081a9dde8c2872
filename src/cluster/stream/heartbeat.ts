/**
 * Detects that the other side of a stream is gone. Pings at intervals also keep middle boxes from dropping a silent
 * connection. The other side counts as gone after two intervals without a byte from it. While reading is paused, or own
 * bytes wait to be sent, no decision is made, because no answer could arrive.
 */
import type { Clock } from "../../std/clock.ts";

export interface Heartbeat extends Disposable {
  /** Tells whether reading is active; initially it is. */
  reads(now: boolean): void;
}

const pingMs = 30_000;
const mostMissed = 2;

/** Runs until it is disposed, or has called `gone`, once. */
export function heartbeat(
  peer: { readonly received: number; readonly backlog: number; ping(): void },
  gone: () => void,
  clock: Clock,
  intervalMs = pingMs,
): Heartbeat {
  const ended = new AbortController();
  let reading = true;
  let heard = peer.received;
  // -1: the current interval has no earlier ping that could be answered.
  let missed = -1;
  const beat = async () => {
    for (;;) {
      await clock.sleep(intervalMs, ended.signal);
      const answerable = reading && peer.backlog === 0;
      missed = !answerable ? -1 : peer.received !== heard ? 0 : missed + 1;
      if (missed >= mostMissed) break;
      heard = peer.received;
      peer.ping();
    }
    gone();
  };
  beat().catch(() => undefined);
  return {
    reads(now) {
      reading = now;
      missed = -1;
    },
    [Symbol.dispose]: () => ended.abort(),
  };
}
