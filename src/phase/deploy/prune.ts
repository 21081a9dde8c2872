/**
 * `--prune` of `deploy.kubectl.flags`: deletes objects that left the manifests, after everything was applied. Only
 * objects that devloop created are deleted, by uid; as with kubectl the labels and, where a list is given, the kind
 * must match.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import { deleteObject } from "../../cluster/objects/objects.ts";
import { refOf } from "../../cluster/objects/resources.ts";
import type { ApplyFlags } from "../../deploy/apply/apply-flags.ts";
import { labelMatcher } from "../../deploy/apply/label-selector.ts";
import type { Entry } from "../../deploy/ledger/ledger-entry.ts";
import { objectId } from "../../deploy/manifests/object-id.ts";
import { nameOf } from "../../diag/object-name.ts";
import type { Task } from "../../graph/task.ts";
import { inParallel } from "../../std/async/parallel.ts";
import { optional } from "../../std/data/optional.ts";
import { clusterTaskId } from "../ids.ts";
import type { DeployWork } from "./deploy-work.ts";

/** An object to delete: its id and uid. */
export type Pruned = { readonly object: string; readonly uid: string };

const atOnce = 8;

/** Whether the module's flags delete an object that left its manifests. */
export function isPruned({ prune, dryRun }: ApplyFlags, entry: Entry, live: KubeObject): boolean {
  if (prune === undefined || dryRun || entry.state !== "created") return false;
  const kind = `${live.apiVersion.includes("/") ? "" : "core/"}${live.apiVersion}/${live.kind}`;
  if (prune.kinds.length > 0 && !prune.kinds.includes(kind)) return false;
  return labelMatcher(prune.selector)?.(live.metadata.labels ?? {}) === true;
}

/** @param objects all that the manifests name: they are applied before */
export function pruneTask(work: DeployWork, pruned: readonly Pruned[], objects: readonly KubeObject[]): Task {
  const ids = clusterTaskId(work.scope);
  return {
    id: ids.prune,
    kind: "apply",
    mode: "act",
    deps: [ids.leftOver, ...objects.map((object) => ids.apply(objectId(refOf(object))))],
    keyParts: () => ({ objects: pruned }),
    valid: () => ({ valid: false, reason: "they are still in the cluster" }),
    async run(_inputs, { emit, signal }) {
      const { cluster, ledger, namespace } = await work.target();
      const one = async ({ object, uid }: Pruned, each: AbortSignal) => {
        const entry = ledger.entries().find(({ ref, thing }) => thing === undefined && objectId(ref) === object);
        if (entry === undefined) return;
        const flags = work.modules.find(({ module }) => module === entry.module)?.flags;
        const { graceSeconds, propagation } = flags ?? {};
        const how = { uid, ...optional("graceSeconds", graceSeconds), ...optional("propagation", propagation) };
        await deleteObject(cluster, entry.ref, how, each);
        await ledger.forget(entry, each);
        emit({
          type: "cleanup",
          object: nameOf(entry.ref, namespace),
          result: "deleted",
          why: "it left the manifests",
        });
      };
      await inParallel(pruned, atOnce, one, signal);
      return null;
    },
  };
}
