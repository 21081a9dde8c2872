/**
 * What keeps a namespace or a custom resource definition of ours from being deleted: with it would go everything in it
 * or of its kind, so it goes only when nothing of that is foreign. What cannot be looked at counts as foreign.
 */
import type { Cluster, KubeObject, ObjectRef } from "../cluster/cluster.ts";
import { managerEntries } from "../cluster/managed-fields.ts";
import { namespaceContents } from "../cluster/namespace-contents.ts";
import { getObject, listObjects } from "../cluster/objects.ts";
import { refOf } from "../cluster/resources.ts";
import { nameOf } from "../diag/object-name.ts";
import type { Ledger } from "./ledger.ts";
import { type Owner, ownershipOf } from "./owner.ts";

interface Around {
  readonly cluster: Cluster;
  readonly ledger: Ledger;
  readonly owner: Owner;
}

const mostNamed = 3;

/** Why the object has to stay; undefined for one that may go. */
export async function holdersOf(
  around: Around,
  ref: ObjectRef,
  uid: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (ref.kind === "Namespace") return inNamespace(around, ref.name, signal);
  if (ref.kind === "CustomResourceDefinition") return ofDefinition(around, ref, uid, signal);
  return undefined;
}

async function inNamespace(around: Around, namespace: string, signal: AbortSignal): Promise<string | undefined> {
  const { objects, unreadable } = await namespaceContents(around.cluster, namespace, signal);
  if (unreadable[0] !== undefined) return `it is not known what else is in it (${unreadable[0]})`;
  return left(objects.filter((object) => isForeign(object, around)));
}

async function ofDefinition(
  around: Around,
  ref: ObjectRef,
  uid: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const definition = await getObject(around.cluster, ref, signal);
  if (definition === undefined || definition.metadata.uid !== uid) return undefined;
  const { group, names, versions } = definition.spec as {
    group: string;
    names: { kind: string };
    versions: readonly { name: string; served: boolean }[];
  };
  const version = versions.find(({ served }) => served)?.name;
  if (version === undefined) return undefined;
  const selection = { apiVersion: `${group}/${version}`, kind: names.kind };
  const { items } = await listObjects(around.cluster, selection, signal);
  return left(items.filter((object) => isForeign(object, around)));
}

/**
 * Ours, on its way out, made by the control plane itself, or made by a controller for another object that is looked at
 * on its own: none of these is anybody's.
 */
function isForeign(object: KubeObject, { owner, ledger }: Around): boolean {
  const { metadata } = object;
  if (metadata.deletionTimestamp || ownershipOf(object, owner, ledger.get(refOf(object))) === "ours") return false;
  if ((metadata.ownerReferences?.length ?? 0) > 0) return false;
  if (object.kind === "ServiceAccount" && metadata.name === "default") return false;
  const managers = managerEntries(object);
  return managers.length === 0 || !managers.every(({ manager }) => manager.startsWith("kube-"));
}

function left(foreign: readonly KubeObject[]): string | undefined {
  if (foreign.length === 0) return undefined;
  const names = foreign.slice(0, mostNamed).map((object) => nameOf(refOf(object)));
  const more = foreign.length - names.length;
  return `what devloop did not create is still there: ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
