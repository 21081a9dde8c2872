/**
 * Tests whether a port of a pod accepts connections, through the forward itself, which shows it sooner than the
 * cluster's own probes and endpoints. One try on a connection of its own; the server behind the port sees a connection
 * that closes.
 */

import type { Cluster } from "../cluster.ts";
import { ApiError } from "../connect/api-error.ts";
import { openCarrier, type PodName } from "./carrier.ts";
import { Tunnel } from "./tunnel.ts";

export type ProbeResult =
  | "accepts"
  /** The pod exists, but no process listens on the port. */
  | "refuses"
  /** The pod has no sandbox yet, or does not exist any more. */
  | "no-pod"
  /** No answer in time. */
  | "silent";

/** @throws ApiError where forwarding itself is refused, Unreachable, the signal's reason */
export async function probePort(
  cluster: Cluster,
  pod: PodName,
  port: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const limit = AbortSignal.timeout(timeoutMs);
  const either = AbortSignal.any([signal, limit]);
  let tunnel: Tunnel | undefined;
  const result = Promise.withResolvers<ProbeResult>();
  const onAbort = () => result.resolve("silent");
  either.addEventListener("abort", onAbort, { once: true });
  try {
    tunnel = new Tunnel(await openCarrier(cluster, pod, either));
    tunnel.connect(port, [], {
      accepted: () => result.resolve("accepts"),
      data: () => undefined,
      drained: () => undefined,
      ended: () => result.resolve("refuses"),
      refused: (why) => result.resolve(/refused/i.test(why) ? "refuses" : "no-pod"),
      lost: () => result.resolve("silent"),
    });
    const got = await result.promise;
    signal.throwIfAborted();
    return got;
  } catch (thrown) {
    signal.throwIfAborted();
    if (limit.aborted) return "silent";
    // The kubelet answers 500 for a pod without a sandbox.
    if (thrown instanceof ApiError && (thrown.code === 404 || thrown.code === 500)) return "no-pod";
    throw thrown;
  } finally {
    either.removeEventListener("abort", onAbort);
    tunnel?.close();
  }
}
