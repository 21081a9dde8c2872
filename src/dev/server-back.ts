/**
 * Waits until an API server that was away serves again, so that what failed can be tried again without a save. Asks the
 * smallest question there is; one that serves while the same work fails again and again is asked ever less often.
 */
import { Unreachable } from "../cluster/api-error.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { discard } from "../cluster/discard.ts";
import type { Clock } from "../std/clock.ts";

const answerMs = 3_000;
const pauseMs = 1_000;
const longestPauseMs = 60_000;

/** @param inVain how often in a row the work has failed in spite of the answer */
export async function serverBack(cluster: Cluster, clock: Clock, inVain: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(Math.min(longestPauseMs, pauseMs * 2 ** inVain), signal);
  for (;;) {
    try {
      const response = await cluster.fetch("/readyz", { timeoutMs: answerMs, repeatable: false, signal });
      await discard(response);
      // One that starts answers with 5xx until it can serve; a refusal of this path is an answer like any other.
      if (response.status < 500) return;
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(thrown instanceof Unreachable)) throw thrown;
    }
    await clock.sleep(pauseMs, signal);
  }
}
