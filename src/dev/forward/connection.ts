/**
 * One local connection from its accept to its end: waits a bounded time for a pod, tries again where the port refused
 * before it had a byte, and is reset, never closed in order, where it could not be served.
 */

import { gather, type Relay, relay } from "../../cluster/port-forward/relay.ts";
import type { ByteSocket } from "../../cluster/stream/byte-socket.ts";
import { isCancelled } from "../../diag/failure.ts";
import { systemClock } from "../../std/clock.ts";
import type { Target } from "./target.ts";

export interface Way {
  /** The target, or the next one; undefined when the time is over. */
  target(withinMs: number, signal: AbortSignal): Promise<Target | undefined>;
  /** Called when a relay to the target runs; the forward may close it. */
  running(target: Target, relay: Relay): void;
}

/** As long as a small roll-out takes, and less than most clients wait. */
const patienceMs = 10_000;
/** A server that restarts inside its container is back within this time, or it is broken. */
const restartMs = 3_000;
const againMs = 40;

/** Resolves when the connection is over, for any reason. */
export async function serve(local: ByteSocket, way: Way, signal: AbortSignal): Promise<void> {
  const early = gather(local);
  const began = systemClock.now();
  const spent = () => systemClock.now() - began;
  let refusing: { readonly by: Target; readonly since: number } | undefined;
  try {
    for (;;) {
      const target = await way.target(patienceMs - spent(), signal);
      if (local.isClosed) return;
      if (!target) return local.terminate();
      const again = await attempt(target);
      if (!again) return;
      if (local.isClosed) return;
      if (refusing?.by !== target) refusing = { by: target, since: systemClock.now() };
      const mayTakeMs = target.accepts ? restartMs : 0;
      const tired = again === "refused" && systemClock.now() - refusing.since >= mayTakeMs;
      if (tired || spent() > patienceMs) return local.terminate();
      await systemClock.sleep(againMs, signal);
    }
  } catch (thrown) {
    local.terminate();
    if (!isCancelled(thrown, signal)) throw thrown;
  }

  /** What prevented the attempt; undefined: the connection is over. */
  async function attempt(target: Target): Promise<"refused" | "unreachable" | undefined> {
    let tunnel: Awaited<ReturnType<Target["tunnels"]["take"]>>;
    try {
      tunnel = await target.tunnels.take(signal);
    } catch (thrown) {
      if (isCancelled(thrown, signal)) throw thrown;
      return "unreachable";
    }
    const running = relay(local, tunnel, { port: target.port, early, accepted: () => undefined });
    way.running(target, running);
    const end = await running.end;
    if (end.kind === "refused") return "refused";
    if (end.kind === "lost" && end.untouched) return "unreachable";
    if (end.kind === "lost") local.terminate();
    return undefined;
  }
}
