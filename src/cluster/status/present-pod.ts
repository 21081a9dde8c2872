/**
 * A Pod whose images were changed in place, judged by its present containers alone. The kubelet replaces such a
 * container some time after the change, and until then the pod is ready by the old one. The old container is known by
 * its id before the change, or, with references that name content, by the image that it runs.
 */
import type { KubeObject } from "../cluster.ts";
import type { ContainerSpec, ContainerStatus } from "./container-cause.ts";

export interface PresentPod {
  /** The pod's status without restarts and ends of containers that had an earlier image. */
  readonly pod: KubeObject;
  /** Names of the containers that still run an earlier image, or were not started with the new one yet. */
  readonly replaced: readonly string[];
}

/** @param was the Pod before it was applied; undefined: it did not exist, or is unknown */
export function presentPod(pod: KubeObject, was: KubeObject | undefined): PresentPod {
  const before = was?.metadata.uid === pod.metadata.uid ? was : undefined;
  const replaced: string[] = [];
  const present = statusesOf(pod).map((status) => {
    const old = before && statusesOf(before).find(({ name }) => name === status.name);
    const isChanged = old !== undefined && imageOf(pod, status.name) !== imageOf(before as KubeObject, status.name);
    const isOld = isChanged && old.containerID !== undefined && old.containerID === status.containerID;
    if (isOld || runsOther(status, imageOf(pod, status.name))) {
      replaced.push(status.name);
      return notStarted(status);
    }
    return isChanged ? restartsSince(status, old) : status;
  });
  if (present.every((status, i) => status === statusesOf(pod)[i])) return { pod, replaced };
  return { pod: { ...pod, status: { ...pod.status, containerStatuses: present } }, replaced };
}

/** Keeps of the old container's status only what prevents the start of the new one, such as a missing image. */
function notStarted(status: ContainerStatus): ContainerStatus {
  const { lastState: _, state, ...rest } = status;
  const waiting = state?.waiting && state.waiting.reason !== "CrashLoopBackOff" ? { waiting: state.waiting } : {};
  return { ...rest, ready: false, restartCount: 0, state: waiting };
}

/**
 * The first start with the new image counts as a restart of the old container, whose end is the last one until then.
 */
function restartsSince(status: ContainerStatus, old: ContainerStatus): ContainerStatus {
  const restartCount = Math.max(0, status.restartCount - old.restartCount - 1);
  const { lastState, ...rest } = status;
  const isOwnEnd = restartCount > 0 || status.state?.waiting !== undefined;
  return { ...rest, restartCount, ...(isOwnEnd && lastState ? { lastState } : {}) };
}

/** Whether the container is known to run another image: its name and its image id agree on another content. */
function runsOther({ image, imageID = "" }: ContainerStatus, wanted: string | undefined): boolean {
  const [is, should] = [contentOf(image), contentOf(wanted ?? "")];
  return is !== undefined && should !== undefined && is !== should && imageID.endsWith(`sha256:${is}`);
}

/** The image id that devloop uses as the tag of an image that was never pushed. */
function contentOf(reference: string): string | undefined {
  return /:([0-9a-f]{64})$/.exec(reference.split("@")[0] ?? "")?.[1];
}

function imageOf(pod: KubeObject, container: string): string | undefined {
  return ((pod.spec?.containers ?? []) as readonly ContainerSpec[]).find(({ name }) => name === container)?.image;
}

function statusesOf(pod: KubeObject): readonly ContainerStatus[] {
  return (pod.status?.containerStatuses ?? []) as readonly ContainerStatus[];
}
