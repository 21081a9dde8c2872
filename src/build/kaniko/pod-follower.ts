/** One pod as a watch tells of it, for those who wait for a state of it and for the one who reads its log. */
import type { Cluster, KubeObject } from "../../cluster/cluster.ts";
import type { PodView } from "../../cluster/logs/pod-logs.ts";
import { type Watched, watched } from "../../cluster/watch/watch-cache.ts";
import { abortable } from "../../std/async/abortable.ts";

export interface PodFollower extends PodView, Disposable {
  /**
   * The first answer that is not undefined, asked at once and at every change.
   * @param look undefined for a pod that is gone. What it throws ends the wait
   * @throws what the watch threw; the signal's reason
   */
  until<T>(look: (pod: KubeObject | undefined) => T | undefined, signal: AbortSignal): Promise<T>;
}

/** Resolves when the pod's state is known. */
export async function followPod(
  cluster: Cluster,
  { namespace, name, uid }: { readonly namespace: string; readonly name: string; readonly uid: string },
  signal: AbortSignal,
): Promise<PodFollower> {
  let change = Promise.withResolvers<void>();
  let failed: { readonly thrown: unknown } | undefined;
  const of = { apiVersion: "v1", kind: "Pod", namespace, fieldSelector: `metadata.name=${name}` };
  const hold: Watched = watched(cluster, of, (event) => {
    if (event.kind === "failed") failed = event;
    const { resolve } = change;
    change = Promise.withResolvers();
    resolve();
  });
  try {
    await hold.ready(signal);
  } catch (thrown) {
    hold[Symbol.dispose]();
    throw thrown;
  }
  const pod = () => {
    const seen = hold.get(name, namespace);
    return seen?.metadata.uid === uid ? seen : undefined;
  };
  const changed = (during: AbortSignal) => abortable(change.promise, during);
  return {
    pod,
    changed,
    async until(look, during) {
      for (;;) {
        during.throwIfAborted();
        const found = look(pod());
        if (found !== undefined) return found;
        if (failed) throw failed.thrown;
        await changed(during);
      }
    },
    [Symbol.dispose]: () => hold[Symbol.dispose](),
  };
}
