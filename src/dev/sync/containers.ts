/**
 * The containers that run an image now, found by the reference in their pods' specs among the pods of the namespaces in
 * use. Reports every container that starts, once by its id: a restart and a new pod are the same for a sync.
 */
import type { Cluster, KubeObject } from "../../cluster/cluster.ts";
import type { ExecTarget } from "../../cluster/stream/exec.ts";
import { type Watched, watched } from "../../cluster/watch/watch-cache.ts";
import { fullName } from "../../image/reference.ts";

export interface RunningContainer {
  /** `containerd://...`: the id of this start alone. */
  readonly id: string;
  readonly target: ExecTarget;
  /** The image's reference in the pod's spec. */
  readonly reference: string;
  readonly pod: { readonly uid: string; readonly controlled: boolean };
}

export class Containers implements Disposable {
  readonly #cluster: Cluster;
  readonly #started: (container: RunningContainer) => void;
  readonly #watches = new Map<string, Watched>();
  readonly #told = new Set<string>();

  /** @param started called for every container that runs, including those that run already */
  constructor(cluster: Cluster, started: (container: RunningContainer) => void) {
    this.#cluster = cluster;
    this.#started = started;
  }

  /**
   * Watches these namespaces. Resolves when their pods are known.
   * @throws Failure where a namespace cannot be watched
   */
  async watch(namespaces: readonly string[], signal: AbortSignal): Promise<void> {
    for (const [namespace, watch] of this.#watches) {
      if (namespaces.includes(namespace)) continue;
      watch[Symbol.dispose]();
      this.#watches.delete(namespace);
    }
    for (const namespace of namespaces) {
      if (this.#watches.has(namespace)) continue;
      const of = { apiVersion: "v1", kind: "Pod", namespace };
      const watch = watched(this.#cluster, of, (event) => {
        if (event.kind === "failed") this.#watches.delete(namespace);
        else if (event.kind === "set") this.#tell(runningIn(event.object));
        else if (event.kind === "reset") this.#tell([...watch.objects()].flatMap(runningIn));
      });
      this.#watches.set(namespace, watch);
      // A shared watch may have listed its pods before this listener was added.
      this.#tell([...watch.objects()].flatMap(runningIn));
    }
    await Promise.all([...this.#watches.values()].map((watch) => watch.ready(signal)));
  }

  running(reference: string): readonly RunningContainer[] {
    return this.all().filter((container) => sameImage(container.reference, reference));
  }

  /** Whether a pod exists whose container of this image does not run yet. */
  coming(reference: string): boolean {
    return this.#pods().some((pod) => {
      const running = new Set(runningIn(pod).map(({ target }) => target.container));
      return specsOf(pod).some(({ name, image }) => sameImage(image, reference) && !running.has(name));
    });
  }

  all(): readonly RunningContainer[] {
    return this.#pods().flatMap(runningIn);
  }

  [Symbol.dispose](): void {
    for (const watch of this.#watches.values()) watch[Symbol.dispose]();
    this.#watches.clear();
  }

  #pods(): KubeObject[] {
    return [...this.#watches.values()]
      .flatMap((watch) => [...watch.objects()])
      .filter((pod) => !["Succeeded", "Failed"].includes(pod.status?.phase));
  }

  #tell(containers: readonly RunningContainer[]): void {
    for (const container of containers) {
      if (this.#told.has(container.id)) continue;
      this.#told.add(container.id);
      this.#started(container);
    }
  }
}

interface ContainerSpec {
  readonly name: string;
  readonly image: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly state?: { readonly running?: object };
}

function specsOf(pod: KubeObject): readonly ContainerSpec[] {
  return [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
}

/** The pod's running containers; none of a pod that is ending. */
function runningIn(pod: KubeObject): RunningContainer[] {
  const { name, namespace = "", uid = "", deletionTimestamp, ownerReferences = [] } = pod.metadata;
  if (deletionTimestamp !== undefined) return [];
  const statuses: readonly ContainerStatus[] = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ];
  const controlled = ownerReferences.some((owner) => owner.controller);
  return specsOf(pod).flatMap((spec) => {
    const status = statuses.find((s) => s.name === spec.name);
    if (status?.containerID === undefined || status.state?.running === undefined) return [];
    const target = { namespace, pod: name, container: spec.name };
    return [{ id: status.containerID, target, reference: spec.image, pod: { uid, controlled } }];
  });
}

function sameImage(a: string, b: string): boolean {
  return a === b || fullName(a) === fullName(b);
}
