/**
 * Waits around a single apply: for the end of an object with the same name that is being deleted, and for the service
 * account that a new namespace gets a moment later. Both have a deadline.
 */

import type { Cluster, KubeObject } from "../../cluster/cluster.ts";
import { ApiError } from "../../cluster/connect/api-error.ts";
import { refOf } from "../../cluster/objects/resources.ts";
import { Failure } from "../../diag/failure.ts";
import { nameOf } from "../../diag/object-name.ts";
import { systemClock } from "../../std/clock.ts";
import { untilGone } from "../ledger/gone.ts";

const goneMs = 60_000;
const accountMs = 10_000;

/**
 * Waits until an object that is being deleted is gone.
 * @throws Failure where it still exists at the deadline, by default after a minute
 */
export async function whenGone(
  cluster: Cluster,
  live: KubeObject,
  signal: AbortSignal,
  deadlineMs = goneMs,
): Promise<undefined> {
  const ref = refOf(live);
  const onGone = () => undefined;
  const [left] = await untilGone(cluster, [{ ref, uid: live.metadata.uid ?? "" }], { deadlineMs, onGone }, signal);
  if (left === undefined) return undefined;
  const { finalizers = [] } = live.metadata;
  throw new Failure({
    severity: "error",
    message: `${nameOf(ref)} is still being deleted after ${deadlineMs / 1000} s`,
    ...(finalizers.length > 0 ? { details: [`its finalizers: ${finalizers.join(", ")}`] } : {}),
    suggestion: "see what holds it up, then start again",
  });
}

/**
 * Repeats the work while a new namespace has no default service account yet, because pods without an owner are refused
 * until then.
 */
export async function onceAccountIsThere<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const deadline = systemClock.now() + accountMs;
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      const missing = thrown instanceof ApiError && /serviceaccount "default" not found/.test(thrown.message);
      if (!missing || systemClock.now() >= deadline) throw thrown;
      await systemClock.sleep(50, signal);
    }
  }
}
