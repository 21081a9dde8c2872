/**
 * Finds objects that devloop created for this project and user although the ledger lacks them: they were made from
 * another machine, or the state folder was lost. The owner mark in the cluster is the proof. Only the wanted objects
 * are searched for.
 */

import type { Cluster, KubeObject, ObjectRef } from "../../cluster/cluster.ts";
import { ApiError } from "../../cluster/connect/api-error.ts";
import { listObjects } from "../../cluster/objects/objects.ts";
import { refOf } from "../../cluster/objects/resources.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Subject } from "../ledger/ledger-entry.ts";
import { kindId, objectId } from "../manifests/object-id.ts";
import { type Owner, ownerLabel, ownershipOf } from "./owner.ts";

/** Enters found objects into the ledger as created. One LIST by label for each kind and namespace. */
export async function adoptMarked(
  cluster: Cluster,
  ledger: Ledger,
  owner: Owner,
  subjects: readonly Subject[],
  signal: AbortSignal,
): Promise<void> {
  const unknown = subjects.filter((subject) => ledger.get(subject) === undefined);
  const groups = Map.groupBy(unknown, (ref) => `${kindId(ref)}\n${ref.namespace ?? ""}`);
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const wanted = new Map(group.map((subject) => [objectId(subject), subject]));
    for (const live of await labelled(cluster, first, owner, signal)) {
      const subject = wanted.get(objectId(refOf(live)));
      if (subject === undefined || ownershipOf(live, owner) !== "ours") continue;
      await ledger.created(subject, live.metadata.uid ?? "");
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
