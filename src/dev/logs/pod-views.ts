/** The last watched state of pods, one view each, for readers that wait for a change of one pod. */
import type { KubeObject } from "../../cluster/cluster.ts";
import type { PodView } from "../../cluster/logs/pod-logs.ts";
import { abortable } from "../../std/async/abortable.ts";

export interface OwnPodView extends PodView {
  /** Called once, when the pod does not exist any more. */
  onGone(listener: () => void): void;
}

interface Entry {
  pod: KubeObject | undefined;
  change: PromiseWithResolvers<void>;
  readonly listeners: Set<() => void>;
}

export class PodViews {
  readonly #entries = new Map<string, Entry>();

  of(pod: KubeObject): OwnPodView {
    const uid = pod.metadata.uid ?? "";
    const entry = this.#entries.get(uid) ?? { pod, change: Promise.withResolvers<void>(), listeners: new Set() };
    this.#entries.set(uid, entry);
    return {
      pod: () => entry.pod,
      changed: (signal) => abortable(entry.change.promise, signal),
      onGone(listener) {
        if (entry.pod) entry.listeners.add(listener);
        else listener();
      },
    };
  }

  /** All pods that exist in one namespace now; known pods that are not among them are gone. */
  seen(namespace: string, pods: Iterable<KubeObject>): void {
    const present = new Map([...pods].map((pod) => [pod.metadata.uid ?? "", pod]));
    for (const [uid, entry] of this.#entries) {
      if (entry.pod?.metadata.namespace !== namespace) continue;
      const now = present.get(uid);
      if (now?.metadata.resourceVersion === entry.pod.metadata.resourceVersion) continue;
      entry.pod = now;
      const { change } = entry;
      entry.change = Promise.withResolvers();
      change.resolve();
      if (now) continue;
      this.#entries.delete(uid);
      for (const listener of entry.listeners) listener();
    }
  }
}
