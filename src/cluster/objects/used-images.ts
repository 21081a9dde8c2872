/**
 * The images that a cluster may start at any time: those that workloads of the usual kinds name, in every namespace.
 * Ended workloads and replica sets without replicas are left out.
 */
import type { Cluster, KubeObject } from "../cluster.ts";
import { condition } from "../status/judgement.ts";
import { listObjects } from "./objects.ts";

const kinds = [
  ["v1", "Pod"],
  ["v1", "ReplicationController"],
  ["apps/v1", "Deployment"],
  ["apps/v1", "StatefulSet"],
  ["apps/v1", "DaemonSet"],
  ["apps/v1", "ReplicaSet"],
  ["batch/v1", "Job"],
  ["batch/v1", "CronJob"],
] as const;

/**
 * Image names as the workloads write them.
 * @throws ApiError where workloads may not be listed, Unreachable
 */
export async function usedImages(cluster: Cluster, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const lists = await Promise.all(
    kinds.map(([apiVersion, kind]) => listObjects(cluster, { apiVersion, kind }, signal)),
  );
  return new Set(lists.flatMap(({ items }) => items.filter(mayStart).flatMap(imagesNamed)));
}

/** Every text below a field `image`, at any depth, because custom kinds have pod templates anywhere. */
export function imagesNamed(object: unknown): readonly string[] {
  if (Array.isArray(object)) return object.flatMap(imagesNamed);
  if (typeof object !== "object" || object === null) return [];
  return Object.entries(object).flatMap(([field, value]) =>
    field === "image" && typeof value === "string" ? [value] : imagesNamed(value),
  );
}

function mayStart(object: KubeObject): boolean {
  switch (object.kind) {
    case "Pod":
      return object.status?.phase !== "Succeeded" && object.status?.phase !== "Failed";
    case "ReplicaSet":
      return object.spec?.replicas !== 0;
    case "Job":
      return !["Complete", "Failed"].some((type) => condition(object, type)?.status === "True");
    default:
      return true;
  }
}
