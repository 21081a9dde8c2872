/**
 * Reports at every pass which objects devloop applied for the project before and the manifests do not name any more:
 * they keep running, and may occupy a port or a name that is needed now. Those that a module's flags prune are deleted by
 * the task that follows. An object that is
 * gone, or was replaced by another one, is left out.
 */

import type { Cluster, KubeObject } from "../../cluster/cluster.ts";
import { ApiError } from "../../cluster/connect/api-error.ts";
import { getObject } from "../../cluster/objects/objects.ts";
import { refOf } from "../../cluster/objects/resources.ts";
import { type Entry, isFor } from "../../deploy/ledger/ledger-entry.ts";
import { objectId } from "../../deploy/manifests/object-id.ts";
import { nameOf } from "../../diag/object-name.ts";
import type { Task } from "../../graph/task.ts";
import { inParallel } from "../../std/async/parallel.ts";
import { clusterTaskId } from "../ids.ts";
import type { DeployWork } from "./deploy-work.ts";
import { isPruned, type Pruned, pruneTask } from "./prune.ts";

/** How many requests run at the same time. */
const atOnce = 8;
/** How many objects are named. */
const mostNamed = 5;

/** @param objects all that the manifests name, with their namespaces */
export function leftOverTask(work: DeployWork, objects: readonly KubeObject[]): Task {
  const ids = clusterTaskId(work.scope);
  return {
    id: ids.leftOver,
    kind: "look",
    mode: "observe",
    deps: [ids.objects],
    async run(_inputs, { emit, signal }) {
      const { cluster, ledger, namespace } = await work.target();
      const wanted = new Set(objects.map((object) => objectId(refOf(object))));
      const entries = ledger
        .entries()
        .filter((entry) => entry.thing === undefined && entry.state !== "creating")
        .filter((entry) => isFor(entry, work.chosen) && !wanted.has(objectId(entry.ref)));
      const found: string[] = [];
      const pruned: Pruned[] = [];
      await inParallel(
        entries,
        atOnce,
        async (entry, each) => {
          const live = await presentObject(cluster, entry, each);
          if (live === undefined) return;
          const flags = work.modules.find(({ module }) => module === entry.module)?.flags;
          if (flags && isPruned(flags, entry, live))
            pruned.push({ object: objectId(entry.ref), uid: live.metadata.uid ?? "" });
          else found.push(nameOf(entry.ref, namespace));
        },
        signal,
      );
      const text = leftOverWords(found.sort());
      if (text !== undefined) emit({ type: "notice", level: "warning", text });
      return { pruned: pruned.sort((a, b) => (a.object < b.object ? -1 : 1)) };
    },
    expand(output) {
      const { pruned } = output as { pruned: readonly Pruned[] };
      return pruned.length === 0 ? [] : [pruneTask(work, pruned, objects)];
    },
  };
}

function leftOverWords(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : "";
  const those = `${names.slice(0, mostNamed).join(", ")}${more}`;
  const [are, them] = names.length === 1 ? ["is", "it"] : ["are", "them"];
  return `${those} ${are} still in the cluster, although the manifests do not name ${them} any more: delete ${them} with kubectl, or all of the project with devloop delete`;
}

/** An object that cannot be read is left out: this is a hint, and no reason to fail. */
async function presentObject(cluster: Cluster, entry: Entry, signal: AbortSignal): Promise<KubeObject | undefined> {
  try {
    const live = await getObject(cluster, entry.ref, signal);
    return entry.state !== "creating" && live?.metadata.uid === entry.uid ? live : undefined;
  } catch (thrown) {
    if (thrown instanceof ApiError) return undefined;
    throw thrown;
  }
}
