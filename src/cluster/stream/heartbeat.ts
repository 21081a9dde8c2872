/**
 * Whether the other side of a stream is still there: it is pinged at intervals, also because middle boxes forget
 * connections that are silent for minutes. Decides that it is gone once two intervals have passed without a byte from it.
 * Nothing is decided while we do not read, or while our own bytes wait to be sent: no answer could come then.
 */
import type { Clock } from "../../std/clock.ts";

export interface Heartbeat extends Disposable {
  /** Whether bytes are read now; they are at the start. */
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
  // -1: the interval that begins has no ping before it that could be answered.
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
