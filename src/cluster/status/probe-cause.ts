/**
 * Findings from a pod's probes. A failing readiness or startup probe is reported and never fatal, because the deadline
 * of the wait decides how long a program may take. A container that was killed twice by its liveness or startup probe
 * is fatal; a single kill may be a slow start.
 */
import type { KubeObject } from "../cluster.ts";
import type { ContainerStatus, Finding } from "./container-cause.ts";
import { newest, timesSeen, wordsOf } from "./event.ts";
import type { Cause } from "./judgement.ts";

/** From this number of kills on, a container is not merely slow to start. */
const killsThatCount = 2;

/** A liveness or startup probe had a container killed, and the kubelet starts it again. */
export function killedByProbe(pod: KubeObject, events: readonly KubeObject[]): Finding | undefined {
  const statuses = [
    ...((pod.status?.initContainerStatuses ?? []) as ContainerStatus[]),
    ...((pod.status?.containerStatuses ?? []) as ContainerStatus[]),
  ];
  const found = statuses.flatMap((status): Finding[] => {
    // Events belong to all containers that the pod had under this name; restarts are of the present one.
    const kills = Math.min(deathsOf(status), killsOf(status.name, events));
    if (status.ready || kills === 0) return [];
    const event = events.findLast(
      (one) =>
        isAbout(one, status.name) && one.reason === "Unhealthy" && /^(Liveness|Startup) probe/.test(wordsOf(one)),
    );
    const cause: Cause = {
      kind: "probe",
      container: status.name,
      message: `container ${status.name} is restarted: ${event ? lower(event) : "its liveness probe failed"}`,
      suggestion: "check the probe's path, port and delays against the program",
      log: "previous",
    };
    return [{ cause, fatal: kills >= killsThatCount }];
  });
  return found.find(({ fatal }) => fatal) ?? found[0];
}

/** A container that runs and is not ready, with a failing readiness (or startup) probe as the reason. */
export function unready(pod: KubeObject, events: readonly KubeObject[]): Finding | undefined {
  const event = newest(events, "Unhealthy");
  const statuses = (pod.status?.containerStatuses ?? []) as ContainerStatus[];
  const container = statuses.find((c) => !c.ready && c.state?.running);
  if (!event || !container) return undefined;
  const cause: Cause = {
    kind: "probe",
    container: container.name,
    message: `container ${container.name} is not ready: ${lower(event)}`,
    suggestion: "check the probe's path and port against the program",
    log: "current",
  };
  return { cause, fatal: false };
}

/** How often the container has ended: a container that is down now is not counted as restarted yet. */
function deathsOf({ restartCount, state }: ContainerStatus): number {
  return restartCount + (state?.running === undefined && (state?.terminated || isBackingOff(state)) ? 1 : 0);
}

function isBackingOff(state: ContainerStatus["state"]): boolean {
  return state?.waiting?.reason === "CrashLoopBackOff";
}

/** Kills that the kubelet has reported by `Container web failed liveness probe, will be restarted`. */
function killsOf(container: string, events: readonly KubeObject[]): number {
  return events
    .filter((one) => one.reason === "Killing" && isAbout(one, container))
    .filter((one) => /failed (liveness|startup) probe/.test(wordsOf(one)))
    .reduce((sum, one) => sum + timesSeen(one), 0);
}

/** Events of a container name it by a path such as `spec.containers{web}`. */
function isAbout(event: KubeObject, container: string): boolean {
  const path: unknown = event.involvedObject?.fieldPath;
  return typeof path !== "string" || path.endsWith(`{${container}}`);
}

function lower(event: KubeObject): string {
  const words = wordsOf(event);
  return words.charAt(0).toLowerCase() + words.slice(1);
}
