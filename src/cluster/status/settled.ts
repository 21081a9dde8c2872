/**
 * Whether the containers of a finished roll-out have run for a moment. A container without a readiness or startup probe
 * counts as ready immediately, even where it crashes in the next moment. A container with a probe is not waited for
 * here, because the probe's answer comes from the program itself.
 */
import type { KubeObject } from "../cluster.ts";
import type { ContainerSpec, ContainerStatus } from "./container-cause.ts";
import type { Surroundings } from "./judgement.ts";

/** The kubelet checks its containers once a second: an immediate crash is known within this time. */
const momentMs = 2_000;
/** A container that has crashed must run for longer than before that crash, but at most this long. */
const longestMs = 10_000;
/** A node's clock has whole seconds and may differ slightly. */
const clockMs = 3_000;

export interface Unsettled {
  readonly container: string;
  /** True where the container does not run any more. */
  readonly ended: boolean;
  /** Milliseconds since the epoch. */
  readonly recheckAt?: number;
}

/** The container that keeps these pods from being settled: one that has ended, else the youngest. */
export function unsettled(pods: readonly KubeObject[], around: Surroundings): Unsettled | undefined {
  const open = pods.filter(isAlive).flatMap((pod) => [...openIn(pod, around)]);
  return open.find(({ ended }) => ended) ?? open.toSorted((a, b) => (b.recheckAt ?? 0) - (a.recheckAt ?? 0))[0];
}

/** Notes newly running containers by id, with the present time. */
export function noteRunning(pods: readonly KubeObject[], noted: Map<string, number>, now: number): void {
  for (const { containerID, state } of pods.flatMap(statusesOf))
    if (containerID && state?.running && !noted.has(containerID)) noted.set(containerID, now);
}

function* openIn(pod: KubeObject, around: Surroundings): Iterable<Unsettled> {
  const specs = (pod.spec?.containers ?? []) as readonly ContainerSpec[];
  for (const status of statusesOf(pod)) {
    const spec = specs.find(({ name }) => name === status.name);
    if (spec?.readinessProbe || spec?.startupProbe) continue;
    const { name: container, state } = status;
    if (state?.running) {
      const recheckAt = settledAt(status, around);
      if (around.now < recheckAt) yield { container, ended: false, recheckAt };
    } else if (state?.terminated || state?.waiting?.reason === "CrashLoopBackOff") yield { container, ended: true };
  }
}

/** The time from which a running container counts as settled. */
function settledAt(status: ContainerStatus, { now, runningSince }: Surroundings): number {
  const need = neededMs(status);
  const started = Date.parse(status.state?.running?.startedAt ?? "") || now;
  if (now - started >= need + clockMs) return now;
  return (runningSince?.get(status.containerID ?? "") ?? started) + need;
}

function neededMs({ restartCount, lastState }: ContainerStatus): number {
  const last = lastState?.terminated;
  if (restartCount === 0 || last === undefined) return momentMs;
  const lived = Date.parse(last.finishedAt ?? "") - Date.parse(last.startedAt ?? "");
  return Math.min(longestMs, momentMs + (lived > 0 ? lived : 0));
}

function statusesOf(pod: KubeObject): readonly ContainerStatus[] {
  return (pod.status?.containerStatuses ?? []) as readonly ContainerStatus[];
}

/** Pods that end, or have ended, do not belong to the roll-out. */
function isAlive({ metadata, status }: KubeObject): boolean {
  return !metadata.deletionTimestamp && status?.phase !== "Failed" && status?.phase !== "Succeeded";
}
