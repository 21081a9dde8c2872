/**
 * Waits until an API server, or an engine, answers again, so that what failed while it was away can be tried again
 * without a save. Each gets the smallest possible request, at once and then every second.
 */

import type { Cluster } from "../../cluster/cluster.ts";
import { Unreachable } from "../../cluster/connect/api-error.ts";
import { discard } from "../../cluster/connect/discard.ts";
import { Failure } from "../../diag/failure.ts";
import { type Engine, ping } from "../../image/engine/engine.ts";
import type { Clock } from "../../std/clock.ts";

const answerMs = 3_000;
const pauseMs = 1_000;

/** @throws any error but that of a server without an answer */
export async function serverBack(cluster: Cluster, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      const response = await cluster.fetch("/readyz", { timeoutMs: answerMs, repeatable: false, signal });
      await discard(response);
      // A server that starts answers 5xx until it can serve; any other answer proves that it serves.
      if (response.status < 500) return;
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(thrown instanceof Unreachable)) throw thrown;
    }
    await clock.sleep(pauseMs, signal);
  }
}

/** @throws any error that does not mean that the engine may come back */
export async function engineBack(engine: Engine, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return await ping(engine, AbortSignal.any([signal, AbortSignal.timeout(answerMs)]));
    } catch (thrown) {
      signal.throwIfAborted();
      const isSilent = thrown instanceof DOMException && thrown.name === "TimeoutError";
      if (!isSilent && !(thrown instanceof Failure && thrown.diagnostics[0].passing)) throw thrown;
    }
    await clock.sleep(pauseMs, signal);
  }
}
