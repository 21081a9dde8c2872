/**
 * The pods behind one resource, from watches: by selector for a Service, by owners for a workload, by name for a pod.
 * Lists those that could take a connection, newest first, and those that are gone; the target is chosen elsewhere.
 */
import type { Cluster, KubeObject } from "../../cluster/cluster.ts";
import { type SteadyWatch, steadyWatch } from "../../cluster/watch/steady-watch.ts";
import { between, type ForwardEntry, podPort, type ResourceKind } from "./resource.ts";

export interface Candidate {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  /** undefined: the pod has no port of that name. */
  readonly port: number | undefined;
  /** Revision of its template: pods of one revision are replicas of each other. */
  readonly revision: string;
  readonly scheduled: boolean;
  readonly ready: boolean;
}

export interface PodSource extends Disposable {
  /** Running pods that are not being deleted, newest first. */
  candidates(): readonly Candidate[];
  /** True once the pod's containers have ended or the pod does not exist any more. */
  isGone(uid: string): boolean;
}

/**
 * @param changed called after every change that may concern the resource
 * @param refused called where the cluster forbids the watch, once for every kind
 */
export function podSource(
  cluster: Cluster,
  kind: ResourceKind,
  entry: Pick<ForwardEntry, "resourceName" | "namespace" | "port">,
  changed: () => void,
  refused: (thrown: unknown) => void,
): PodSource {
  const { namespace, resourceName: name } = entry;
  const stack = new DisposableStack();
  const order = new Map<string | undefined, number>();
  let seen = 0;
  const take = (of: ResourceKind, fieldSelector?: string): SteadyWatch =>
    stack.use(steadyWatch(cluster, { ...of, namespace, fieldSelector }, { changed, refused }));
  const pods = take({ apiVersion: "v1", kind: "Pod" });
  const resource = kind.kind === "Pod" ? undefined : take(kind, `metadata.name=${name}`);
  const middle = between(kind.kind).map((of) => take(of));

  const belongs = (): ((pod: KubeObject) => boolean) => {
    if (!resource) return (pod) => pod.metadata.name === name;
    const object = resource.get(name, namespace);
    if (!object) return () => false;
    if (kind.kind === "Service") return selects(object.spec?.selector);
    let owners = new Set([object.metadata.uid]);
    for (const step of middle)
      owners = new Set([...step.objects()].filter((one) => isOwned(one, owners)).map((one) => one.metadata.uid));
    return (pod) => isOwned(pod, owners);
  };

  return {
    candidates() {
      const service = kind.kind === "Service" ? resource?.get(name, namespace) : undefined;
      const mine = belongs();
      const living = [...pods.objects()].filter((pod) => !pod.metadata.deletionTimestamp && !isOver(pod) && mine(pod));
      // Creation times are whole seconds: within one, the order of appearance decides.
      for (const { metadata } of living) if (!order.has(metadata.uid)) order.set(metadata.uid, seen++);
      for (const uid of order.keys()) if (!living.some(({ metadata }) => metadata.uid === uid)) order.delete(uid);
      return living
        .sort((a, b) => byCreation(b, a) || (order.get(b.metadata.uid) ?? 0) - (order.get(a.metadata.uid) ?? 0))
        .map((pod) => candidate(pod, podPort(entry.port, pod, service)));
    },
    isGone(uid) {
      const pod = [...pods.objects()].find((one) => one.metadata.uid === uid);
      return pod === undefined || isOver(pod);
    },
    [Symbol.dispose]: () => stack.dispose(),
  };
}

function candidate(pod: KubeObject, port: number | undefined): Candidate {
  const { uid = "", name, namespace = "", labels = {} } = pod.metadata;
  const conditions: readonly { type: string; status: string }[] = pod.status?.conditions ?? [];
  return {
    uid,
    name,
    namespace,
    port,
    revision:
      labels["pod-template-hash"] ??
      labels["controller-revision-hash"] ??
      labels["batch.kubernetes.io/controller-uid"] ??
      uid,
    scheduled: Boolean(pod.spec?.nodeName),
    ready: conditions.some(({ type, status }) => type === "Ready" && status === "True"),
  };
}

function isOver(pod: KubeObject): boolean {
  if (pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") return true;
  if (!pod.metadata.deletionTimestamp) return false;
  const statuses: readonly { state?: { terminated?: unknown } }[] = pod.status?.containerStatuses ?? [];
  return statuses.length > 0 && statuses.every(({ state }) => state?.terminated !== undefined);
}

function isOwned(object: KubeObject, owners: ReadonlySet<string | undefined>): boolean {
  return object.metadata.ownerReferences?.some(({ uid }) => owners.has(uid)) ?? false;
}

function selects(selector: Readonly<Record<string, string>> | undefined): (pod: KubeObject) => boolean {
  const wanted = Object.entries(selector ?? {});
  if (wanted.length === 0) return () => false;
  return (pod) => wanted.every(([label, value]) => pod.metadata.labels?.[label] === value);
}

function byCreation(a: KubeObject, b: KubeObject): number {
  const [x, y] = [a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? ""];
  return x === y ? 0 : x < y ? -1 : 1;
}
