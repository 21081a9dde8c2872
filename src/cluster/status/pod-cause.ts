/**
 * What is wrong with one pod: the first finding of its containers, else of its scheduling, volumes and probes. Decides
 * how long to wait for states that may repair themselves: a scheduler that finds no node, a missing volume.
 */
import type { KubeObject } from "../cluster.ts";
import {
  type ContainerSpec,
  type ContainerStatus,
  containerFinding,
  earlierPull,
  type Finding,
  isPullFailure,
} from "./container-cause.ts";
import { eventsOf, firstSeen, newest, wordsOf } from "./event.ts";
import { type Cause, condition, type Surroundings } from "./judgement.ts";
import { killedByProbe, unready } from "./probe-cause.ts";

/** Nodes start and claims get bound within this time; an autoscaler announces itself by an event. */
const unschedulableMs = 15_000;
const volumeMs = 15_000;
/** Events by which an autoscaler announces a node. */
const scaling = ["TriggeredScaleUp", "Nominated", "NominatedNode"];

export function podFinding(pod: KubeObject, around: Surroundings): Finding | undefined {
  if (pod.metadata.deletionTimestamp) return undefined;
  const events = eventsOf(around.events, pod.metadata.uid);
  const found = [
    killedByProbe(pod, events),
    ...containersOf(pod, around),
    evicted(pod),
    unschedulable(pod, events, around),
    volume(pod, events, around),
    unready(pod, events),
  ].filter((finding) => finding !== undefined);
  const worst = found.find((finding) => finding.fatal) ?? found[0];
  return worst && { ...worst, cause: at(worst.cause, pod) };
}

/** The worst finding of several pods: a fatal one comes before one that may repair itself. */
export function worstFinding(pods: readonly KubeObject[], around: Surroundings): Finding | undefined {
  const findings = pods.flatMap((pod) => podFinding(pod, around) ?? []);
  const worst = findings.find((finding) => finding.fatal) ?? findings[0];
  const fatalAt = Math.min(...findings.map((finding) => finding.fatalAt ?? Number.POSITIVE_INFINITY));
  return worst && { ...worst, ...(Number.isFinite(fatalAt) ? { fatalAt } : {}) };
}

function* containersOf(pod: KubeObject, { earlierPulls }: Surroundings): Iterable<Finding | undefined> {
  const staysDown = pod.spec?.restartPolicy === "Never";
  const specs = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])] as ContainerSpec[];
  const init = (pod.status?.initContainerStatuses ?? []) as ContainerStatus[];
  const main = (pod.status?.containerStatuses ?? []) as ContainerStatus[];
  for (const status of [...init, ...main]) {
    // An init container that succeeded is finished.
    if (init.includes(status) && status.state?.terminated?.exitCode === 0) continue;
    // In a pod that runs to its end, any container that succeeded is finished.
    if (status.state?.terminated?.exitCode === 0 && pod.spec?.restartPolicy !== "Always") continue;
    const spec = specs.find(({ name }) => name === status.name);
    const isEarlier = isPullFailure(status.state?.waiting?.reason ?? "") && earlierPulls?.has(pod, status.name);
    yield isEarlier ? earlierPull(spec ?? status) : containerFinding(status, spec, staysDown);
  }
}

function evicted(pod: KubeObject): Finding | undefined {
  if (pod.status?.phase !== "Failed" || !pod.status.reason) return undefined;
  const message = `${pod.status.reason}: ${pod.status.message ?? "no more is known"}`;
  return { cause: { kind: "evicted", message, suggestion: "look at the node's memory and disk" }, fatal: true };
}

function unschedulable(pod: KubeObject, events: readonly KubeObject[], around: Surroundings): Finding | undefined {
  const scheduled = condition(pod, "PodScheduled");
  if (scheduled?.status !== "False" || scheduled.reason !== "Unschedulable") return undefined;
  const cause: Cause = {
    kind: "unschedulable",
    message: `cannot be scheduled: ${scheduled.message ?? "the scheduler gave no reason"}`,
    suggestion: "check its node selector, resource requests and tolerations against the nodes",
  };
  if (newest(events, ...scaling)) return { cause, fatal: false };
  return lasting(cause, Date.parse(scheduled.lastTransitionTime ?? ""), unschedulableMs, around);
}

function volume(pod: KubeObject, events: readonly KubeObject[], around: Surroundings): Finding | undefined {
  if (pod.status?.phase !== "Pending") return undefined;
  const event = newest(events, "FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox");
  if (!event) return undefined;
  const suggestion = "check that the ConfigMaps, Secrets and claims that it mounts are there";
  const cause: Cause = { kind: "volume", message: `cannot be set up: ${wordsOf(event)}`, suggestion };
  return lasting(cause, firstSeen(event), volumeMs, around);
}

/** A finding that is fatal once it has lasted `longestMs`, counted from `begin` or from the begin of the wait. */
function lasting(cause: Cause, begin: number, longestMs: number, { now, since }: Surroundings): Finding {
  const fatalAt = Math.max(begin || since, since) + longestMs;
  return now >= fatalAt ? { cause, fatal: true } : { cause, fatal: false, fatalAt };
}

function at(cause: Cause, pod: KubeObject): Cause {
  const { name, namespace = "default" } = pod.metadata;
  return {
    ...cause,
    message: cause.container ? cause.message : `pod ${name} ${cause.message}`,
    pod: { name, namespace },
  };
}
