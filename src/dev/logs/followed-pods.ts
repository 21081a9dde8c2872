/**
 * The containers that a session follows: all containers of pods that belong to its workloads, by owner uid, and in any
 * other pod those that run one of its images. Also the artifact that a container's lines belong to. Pure, from watched
 * objects.
 */
import type { KubeObject } from "../../cluster/cluster.ts";

export interface FollowedWorkload {
  readonly kind: string;
  readonly namespace: string;
  readonly uid: string;
}

export interface Followed {
  readonly workloads: readonly FollowedWorkload[];
  /** References in manifests -> artifact. */
  readonly images: ReadonlyMap<string, string>;
}

export interface FollowedContainer {
  readonly name: string;
  readonly artifact: string;
}

interface RawContainer {
  readonly name: string;
  readonly image?: string;
}

/** Uids of the owners of a ReplicaSet or Job, which stand between a workload and its pods. */
export type Middle = (uid: string) => readonly string[];

/** The followed containers of the pod, init containers first. */
export function followedContainers(pod: KubeObject, followed: Followed, middle: Middle): readonly FollowedContainer[] {
  const containers: readonly RawContainer[] = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const uids = new Set(followed.workloads.map(({ uid }) => uid));
  const owned = isOwned(pod, uids, middle);
  return containers
    .filter(({ image }) => owned || (image !== undefined && followed.images.has(image)))
    .map(({ name, image = "" }) => ({ name, artifact: artifactOf(image, followed.images) }));
}

function isOwned(pod: KubeObject, uids: ReadonlySet<string>, middle: Middle): boolean {
  if (uids.has(pod.metadata.uid ?? "")) return true;
  const owners = pod.metadata.ownerReferences?.map(({ uid }) => uid) ?? [];
  return owners.some((uid) => uids.has(uid) || middle(uid).some((above) => uids.has(above)));
}

/** An image of an earlier session has another tag, and belongs to the same artifact. */
function artifactOf(image: string, images: ReadonlyMap<string, string>): string {
  const exact = images.get(image);
  if (exact !== undefined) return exact;
  const name = nameOf(image);
  for (const [reference, artifact] of images) if (nameOf(reference) === name) return artifact;
  return name;
}

/** Without tag and digest. */
function nameOf(image: string): string {
  const [named = ""] = image.split("@", 1);
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  return colon < 0 ? named : named.slice(0, colon);
}
