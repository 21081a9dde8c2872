/** The watched state of one pod, for code that waits for a state of it and for the reader of its log. */
import type { Cluster, KubeObject } from "../../cluster/cluster.ts";
import type { PodView } from "../../cluster/logs/pod-logs.ts";
import { type Watched, watched } from "../../cluster/watch/watch-cache.ts";
import { abortable } from "../../std/async/abortable.ts";

export interface PodFollower extends PodView, Disposable {
  /**
   * The first result that is not undefined, called at once and at every change. An error of the callback ends the wait.
   * @param look gets undefined for a pod that is gone
   * @throws the error of the watch; the signal's reason
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
