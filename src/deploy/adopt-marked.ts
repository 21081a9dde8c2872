/**
 * Finds what devloop created for this project and user although the ledger does not know it: made from another machine,
 * or the state folder was lost. The mark in the cluster is the witness. Looks only for objects that are asked for.
 */
import { ApiError } from "../cluster/api-error.ts";
import type { Cluster, KubeObject, ObjectRef } from "../cluster/cluster.ts";
import { listObjects } from "../cluster/objects.ts";
import { refOf } from "../cluster/resources.ts";
import type { Ledger } from "./ledger.ts";
import { kindId, objectId } from "./object-id.ts";
import { type Owner, ownerLabel, ownershipOf } from "./owner.ts";

/** Enters them into the ledger as created. One LIST by label for each kind and namespace. */
export async function adoptMarked(
  cluster: Cluster,
  ledger: Ledger,
  owner: Owner,
  refs: readonly ObjectRef[],
  signal: AbortSignal,
): Promise<void> {
  const unknown = refs.filter((ref) => ledger.get(ref) === undefined);
  const groups = Map.groupBy(unknown, (ref) => `${kindId(ref)}\n${ref.namespace ?? ""}`);
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const wanted = new Set(group.map(objectId));
    for (const live of await labelled(cluster, first, owner, signal)) {
      const ref = refOf(live);
      if (!wanted.has(objectId(ref)) || ownershipOf(live, owner) !== "ours") continue;
      await ledger.created(ref, live.metadata.uid ?? "");
    }
  }
}

async function labelled(
  cluster: Cluster,
  { apiVersion, kind, namespace }: ObjectRef,
  owner: Owner,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const labelSelector = `${ownerLabel}=${owner}`;
  try {
    return (await listObjects(cluster, { apiVersion, kind, namespace, labelSelector }, signal)).items;
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.code === 404) return [];
    throw thrown;
  }
}
