/**
 * What the state of a build's pod means: whether it accepts the context, how the executor ended, or why it never will.
 * A pod without a node is waited for; an image that cannot be pulled is not.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import { type ContainerStatus, containerFinding } from "../../cluster/status/container-cause.ts";
import { Failure } from "../../diag/failure.ts";
import { executorContainer, initContainer } from "./pod.ts";

export interface Ended {
  readonly code: number;
  /** The container's termination message: the executor writes the digest there. */
  readonly message: string;
  /** Kubernetes' reason: `OOMKilled`. */
  readonly reason: string;
}

/**
 * Whether the context may be sent.
 * @throws Failure where it never will be
 */
export function takesContext(pod: KubeObject | undefined, image: string): true | undefined {
  refuseHopeless(pod, image);
  return statusOf(pod, initContainer)?.state?.running === undefined ? undefined : true;
}

/**
 * How the executor ended.
 * @throws Failure where it did not begin, or its pod was removed
 */
export function executorEnded(pod: KubeObject | undefined, image: string): Ended | undefined {
  const terminated = statusOf(pod, executorContainer)?.state?.terminated;
  if (terminated)
    return { code: terminated.exitCode, message: terminated.message ?? "", reason: terminated.reason ?? "" };
  refuseHopeless(pod, image);
  return undefined;
}

/** Why the pod does not start yet; undefined where there is no reason to show. */
export function waitingFor(pod: KubeObject | undefined): string | undefined {
  const conditions: readonly { type: string; status: string; message?: string }[] = pod?.status?.conditions ?? [];
  const unscheduled = conditions.find(({ type, status }) => type === "PodScheduled" && status === "False");
  return unscheduled?.message;
}

function refuseHopeless(pod: KubeObject | undefined, image: string): void {
  const failed = (message: string, suggestion?: string) =>
    new Failure({
      severity: "error",
      message: `cannot build ${image}: ${message}`,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  if (pod === undefined) throw failed("its pod was deleted while it ran");
  const { name } = pod.metadata;
  for (const container of [initContainer, executorContainer]) {
    const status = statusOf(pod, container);
    const spec = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].find(
      (one: { name: string }) => one.name === container,
    );
    const finding = status && containerFinding(status, spec, true);
    if (finding?.fatal && (status?.state?.terminated === undefined || container === initContainer))
      throw failed(`pod ${name}: ${finding.cause.message}`, finding.cause.suggestion);
  }
  if (pod.status?.phase === "Failed" && statusOf(pod, executorContainer)?.state?.terminated === undefined)
    throw failed(`pod ${name} was ended: ${pod.status.message ?? pod.status.reason ?? "no reason was given"}`);
}

function statusOf(pod: KubeObject | undefined, container: string): ContainerStatus | undefined {
  const { initContainerStatuses, containerStatuses } = pod?.status ?? {};
  const all: readonly ContainerStatus[] = [...(initContainerStatuses ?? []), ...(containerStatuses ?? [])];
  return all.find(({ name }) => name === container);
}
