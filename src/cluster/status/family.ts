/**
 * The pods and events that belong to an object, by owner uids, and which of its pods are of the revision that is being
 * rolled out: the state of old pods says nothing about the applied object. Pure.
 */
import type { KubeObject } from "../cluster.ts";
import type { Surroundings } from "./judgement.ts";

/** Everything that was read in the object's namespace. */
export interface Neighbours {
  readonly pods: readonly KubeObject[];
  readonly replicaSets: readonly KubeObject[];
  readonly events: readonly KubeObject[];
}

const revisionAnnotation = "deployment.kubernetes.io/revision";

export type Family = Pick<Surroundings, "pods" | "oldPods" | "events">;

export function familyOf(object: KubeObject, all: Neighbours): Family {
  const { owners, pods, oldPods } = podsOf(object, all);
  const uids = new Set([object, ...owners, ...pods, ...oldPods].map((one) => one.metadata.uid));
  return { pods, oldPods, events: all.events.filter((event) => uids.has(event.involvedObject?.uid)) };
}

interface Pods {
  readonly owners: readonly KubeObject[];
  readonly pods: readonly KubeObject[];
  readonly oldPods: readonly KubeObject[];
}

function podsOf(object: KubeObject, all: Neighbours): Pods {
  if (object.kind === "Pod") return { owners: [], pods: [object], oldPods: [] };
  if (object.kind === "Deployment") {
    const newest = newestReplicaSet(object, all.replicaSets);
    return newest
      ? { owners: [newest], pods: ownedBy(newest, all.pods), oldPods: [] }
      : { owners: [], pods: [], oldPods: [] };
  }
  const pods = ownedBy(object, all.pods);
  if (object.kind === "StatefulSet")
    return byRevisionLabel(pods, "controller-revision-hash", object.status?.updateRevision);
  if (object.kind === "DaemonSet") {
    const generation = object.metadata.annotations?.["deprecated.daemonset.template.generation"];
    return byRevisionLabel(pods, "pod-template-generation", generation);
  }
  return { owners: [], pods, oldPods: [] };
}

function newestReplicaSet(deployment: KubeObject, all: readonly KubeObject[]): KubeObject | undefined {
  const own = ownedBy(deployment, all);
  const revision = deployment.metadata.annotations?.[revisionAnnotation];
  return (
    own.find((set) => set.metadata.annotations?.[revisionAnnotation] === revision) ?? own.toSorted(byRevision).at(-1)
  );
}

function byRevision(a: KubeObject, b: KubeObject): number {
  const of = (set: KubeObject) => Number(set.metadata.annotations?.[revisionAnnotation] ?? 0);
  return of(a) - of(b);
}

function ownedBy(owner: KubeObject, all: readonly KubeObject[]): readonly KubeObject[] {
  return all.filter((one) => one.metadata.ownerReferences?.some((ref) => ref.uid === owner.metadata.uid));
}

function byRevisionLabel(pods: readonly KubeObject[], label: string, revision: string | undefined): Pods {
  const isNew = (pod: KubeObject) => revision === undefined || pod.metadata.labels?.[label] === revision;
  return { owners: [], pods: pods.filter(isNew), oldPods: pods.filter((pod) => !isNew(pod)) };
}
