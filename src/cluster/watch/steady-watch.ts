/**
 * A shared watch that lasts as long as the session: where its first list fails (server away, no permission yet, a kind
 * that is not served yet) it is begun again after a pause, and the failure is reported once.
 */

import type { Cluster, KubeObject } from "../cluster.ts";
import { Unreachable } from "../connect/api-error.ts";
import type { Selection } from "../objects/objects.ts";
import { type Watched, watched } from "./watch-cache.ts";

export interface SteadyListener {
  /** Called after a change. `gone`: this object does not exist any more. */
  changed(gone?: KubeObject): void;
  /** Called once where the cluster refuses the watch, which is then tried again and again. */
  refused?(thrown: unknown): void;
}

export interface SteadyWatch extends Disposable {
  objects(): Iterable<KubeObject>;
  get(name: string, namespace?: string): KubeObject | undefined;
  /** True once a whole list was read. */
  readonly isListed: boolean;
}

const unreachableMs = 1_000;
const refusedMs = 15_000;

/** Begins at once. */
export function steadyWatch(cluster: Cluster, of: Selection, listener: SteadyListener): SteadyWatch {
  let hold: Watched | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;
  let told = false;
  let listed = false;
  const ready = new AbortController();
  const begin = () => {
    const mine = watched(cluster, of, (event) => {
      if (event.kind === "failed") {
        hold = undefined;
        if (!told && !(event.thrown instanceof Unreachable)) {
          told = true;
          listener.refused?.(event.thrown);
        }
        timer = setTimeout(begin, event.thrown instanceof Unreachable ? unreachableMs : refusedMs);
        return;
      }
      if (event.kind === "lost" || event.kind === "restored") return;
      listener.changed(event.kind === "gone" ? event.object : undefined);
    });
    hold = mine;
    // A watch that others share may have been listed before.
    mine.ready(ready.signal).then(
      () => {
        listed = true;
        if (!over) listener.changed();
      },
      () => undefined,
    );
  };
  begin();
  return {
    objects: () => hold?.objects() ?? [],
    get: (name, namespace) => hold?.get(name, namespace),
    get isListed() {
      return listed;
    },
    [Symbol.dispose]() {
      over = true;
      clearTimeout(timer);
      ready.abort();
      hold?.[Symbol.dispose]();
    },
  };
}
