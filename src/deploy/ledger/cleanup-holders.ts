/**
 * What prevents the deletion of a namespace or a custom resource definition of devloop's: deleting it would delete all
 * objects in it or of its kind, so it is deleted only when none of them is foreign. An object that cannot be read
 * counts as foreign.
 */

import type { Cluster, KubeObject, ObjectRef } from "../../cluster/cluster.ts";
import { ApiError } from "../../cluster/connect/api-error.ts";
import { managerEntries } from "../../cluster/objects/managed-fields.ts";
import { namespaceContents } from "../../cluster/objects/namespace-contents.ts";
import { getObject, listObjects } from "../../cluster/objects/objects.ts";
import { type Kind, kindOf, refOf } from "../../cluster/objects/resources.ts";
import { nameOf } from "../../diag/object-name.ts";
import { inParallel } from "../../std/async/parallel.ts";
import { type Owner, ownershipOf } from "../apply/owner.ts";
import { groupOf } from "../manifests/object-id.ts";
import type { Ledger } from "./ledger.ts";
import { isFor } from "./ledger-entry.ts";

interface Around {
  readonly cluster: Cluster;
  readonly ledger: Ledger;
  readonly owner: Owner;
  /** Only these modules of the project are cleaned up: objects of other modules count as foreign. */
  readonly modules?: ReadonlySet<string> | undefined;
}

const mostNamed = 3;
/** How many objects are checked at the same time: most need no request. */
const atOnce = 8;
const deepest = 8;

/** Why the object must stay; undefined where it may be deleted. */
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
  // An owner in the namespace is in the same list, and is checked on its own.
  return left(await foreignOf(objects, { ...around, isAmong: ({ namespaced }) => namespaced }, signal), around);
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
  const isAmong = ({ apiVersion, kind }: Kind) => kind === names.kind && groupOf(apiVersion) === group;
  return left(await foreignOf(items, { ...around, isAmong }, signal), around);
}

type OwnerReference = NonNullable<KubeObject["metadata"]["ownerReferences"]>[number];

/** Whether an object's owner is one of the checked objects, so that it need not be checked again. */
type Among = Around & { isAmong(owner: Kind): boolean };

async function foreignOf(objects: readonly KubeObject[], among: Among, signal: AbortSignal): Promise<KubeObject[]> {
  const found: KubeObject[] = [];
  const one = async (object: KubeObject, during: AbortSignal) => {
    if (await isForeign(object, among, during)) found.push(object);
  };
  await inParallel(objects, atOnce, one, signal);
  return found;
}

/**
 * Not foreign: an object of devloop's, one that is being deleted, one that the control plane made, and one whose owners
 * are not foreign.
 */
async function isForeign(object: KubeObject, among: Among, signal: AbortSignal, depth = 0): Promise<boolean> {
  const { metadata } = object;
  const { owner, ledger, modules } = among;
  if (metadata.deletionTimestamp) return false;
  const entry = ledger.get(refOf(object));
  if (ownershipOf(object, owner, entry, ledger.formerOwners) === "ours") return !isFor(entry, modules);
  const owners = metadata.ownerReferences ?? [];
  if (owners.length > 0) {
    // An owner chain that is too deep or circular counts as foreign.
    if (depth >= deepest) return true;
    const foreign = owners.map((one) => isForeignOwner(one, metadata.namespace, among, signal, depth));
    return (await Promise.all(foreign)).includes(true);
  }
  if (object.kind === "ServiceAccount" && metadata.name === "default") return false;
  const managers = managerEntries(object);
  return managers.length === 0 || !managers.every(({ manager }) => manager.startsWith("kube-"));
}

/** An owner that is gone is not foreign: the objects that it owned are deleted with it. */
async function isForeignOwner(
  { apiVersion, kind, name, uid }: OwnerReference,
  namespace: string | undefined,
  among: Among,
  signal: AbortSignal,
  depth: number,
): Promise<boolean> {
  const served = await kindOf(among.cluster, apiVersion, kind, signal).catch((thrown: unknown) => {
    if (thrown instanceof ApiError && thrown.code === 404) return undefined;
    throw thrown;
  });
  if (served === undefined || among.isAmong(served)) return false;
  const place = served.namespaced && namespace !== undefined ? { namespace } : {};
  const live = await getObject(among.cluster, { apiVersion, kind, name, ...place }, signal);
  return live !== undefined && live.metadata.uid === uid && isForeign(live, among, signal, depth + 1);
}

function left(foreign: readonly KubeObject[], { modules }: Around): string | undefined {
  if (foreign.length === 0) return undefined;
  const names = foreign.slice(0, mostNamed).map((object) => nameOf(refOf(object)));
  const more = foreign.length - names.length;
  const whose = modules === undefined ? "what devloop did not create" : "what is not of these modules";
  return `${whose} is still there: ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
