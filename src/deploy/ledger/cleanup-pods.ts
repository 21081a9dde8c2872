/**
 * The pods of workloads that are being deleted. A deleted workload is gone at once, but its pods take their grace
 * period; a clean-up names those that still exist. Where pods cannot be listed, none are named.
 */

import type { Cluster, KubeObject, ObjectRef } from "../../cluster/cluster.ts";
import { ApiError } from "../../cluster/connect/api-error.ts";
import { listObjects } from "../../cluster/objects/objects.ts";
import { refOf } from "../../cluster/objects/resources.ts";
import { hasPods } from "../../cluster/status/judge.ts";
import type { Entry } from "./ledger.ts";

export interface FollowedPods {
  /** The pods that still exist. */
  left(signal: AbortSignal): Promise<readonly ObjectRef[]>;
}

/** Notes the pods of created workloads, before these are deleted. */
export async function followPods(
  cluster: Cluster,
  entries: readonly Entry[],
  signal: AbortSignal,
): Promise<FollowedPods> {
  const owners = new Map<string, Set<string>>();
  for (const entry of entries) {
    if (entry.state !== "created" || entry.thing !== undefined || !(hasPods(entry.ref) || entry.ref.kind === "CronJob"))
      continue;
    const namespace = entry.ref.namespace ?? cluster.namespace;
    owners.set(namespace, (owners.get(namespace) ?? new Set()).add(entry.uid));
  }
  const followed = new Map<string, ReadonlySet<string>>();
  for (const [namespace, uids] of owners) followed.set(namespace, await podsOf(cluster, namespace, uids, signal));
  return {
    async left(later) {
      const pods: ObjectRef[] = [];
      for (const [namespace, uids] of followed) {
        if (uids.size === 0) continue;
        const all = await listed(cluster, "v1", "Pod", namespace, later);
        pods.push(...all.filter(({ metadata }) => uids.has(metadata.uid ?? "")).map(refOf));
      }
      return pods;
    },
  };
}

/** Uids of pods that belong to one of the owners, also through replica sets and jobs. */
async function podsOf(
  cluster: Cluster,
  namespace: string,
  owners: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const [sets, jobs, pods] = await Promise.all([
    listed(cluster, "apps/v1", "ReplicaSet", namespace, signal),
    listed(cluster, "batch/v1", "Job", namespace, signal),
    listed(cluster, "v1", "Pod", namespace, signal),
  ]);
  const between = [...sets, ...jobs]
    .filter((object) => isOwned(object, owners))
    .map(({ metadata }) => metadata.uid ?? "");
  const all = new Set([...owners, ...between]);
  return new Set(pods.filter((pod) => isOwned(pod, all)).map(({ metadata }) => metadata.uid ?? ""));
}

function isOwned(object: KubeObject, owners: ReadonlySet<string>): boolean {
  if (owners.has(object.metadata.uid ?? "")) return true;
  return object.metadata.ownerReferences?.some(({ uid }) => owners.has(uid)) ?? false;
}

async function listed(
  cluster: Cluster,
  apiVersion: string,
  kind: string,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  try {
    return (await listObjects(cluster, { apiVersion, kind, namespace }, signal)).items;
  } catch (thrown) {
    if (thrown instanceof ApiError) return [];
    throw thrown;
  }
}
