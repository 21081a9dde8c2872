/**
 * The order in which objects are applied, and which are applied together. An object waits only for objects that it
 * names, so that one failure holds only those that depend on it. A workload and the objects that it needs are one
 * connected set: they wait for the images of the whole set, so that new settings never meet old code. Webhooks and API
 * services come last, because they affect every later write. Pure.
 */
import type { KubeObject, ObjectRef } from "../../cluster/cluster.ts";
import { refOf } from "../../cluster/objects/resources.ts";
import { kindId, objectId } from "./object-id.ts";
import { isDefinedBy, isSelectedBy, type Named, needs, prefers, serviceAccountOf } from "./references.ts";

export interface Placed {
  /** Ids of the objects that must be applied before. */
  readonly after: readonly string[];
  /** Images that must be delivered before. */
  readonly images: readonly string[];
}

const lastKinds = [
  "admissionregistration.k8s.io/MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
  "apiregistration.k8s.io/APIService",
];
/** Kinds that decide how pods of a namespace are admitted. */
const admissionKinds = ["LimitRange", "ResourceQuota"];

/**
 * @param imagesOf the project's images that an object names
 * @returns what each object waits for, by id. There are no circles: where objects name each other, the later one waits.
 */
export function applyOrder(
  objects: readonly KubeObject[],
  imagesOf: (object: KubeObject) => readonly string[],
): ReadonlyMap<string, Placed> {
  const byId = new Map(objects.map((object) => [objectId(refOf(object)), object]));
  const among = pools(objects);
  const edges = new Map<string, Set<string>>();
  for (const [id, object] of byId)
    edges.set(id, new Set(wanted(object, among).filter((other) => other !== id && byId.has(other))));
  breakCircles(edges);
  const sets = connected(byId);
  const images = new Map<Set<string>, Set<string>>();
  for (const [id, object] of byId) {
    const set = sets.get(id) as Set<string>;
    const of = images.get(set) ?? new Set<string>();
    for (const image of imagesOf(object)) of.add(image);
    images.set(set, of);
  }
  return new Map(
    [...byId.keys()].map((id) => [
      id,
      { after: [...(edges.get(id) ?? [])], images: [...(images.get(sets.get(id) as Set<string>) ?? [])] },
    ]),
  );
}

/** Objects that others wait for without naming them. */
interface Pools {
  readonly definitions: readonly KubeObject[];
  readonly services: readonly KubeObject[];
  readonly admission: readonly KubeObject[];
  readonly bindings: readonly KubeObject[];
  /** All objects except those of the last kinds. */
  readonly early: readonly KubeObject[];
}

function pools(objects: readonly KubeObject[]): Pools {
  const of = (...kinds: string[]) => objects.filter((object) => kinds.includes(kindId(object)));
  return {
    definitions: of("apiextensions.k8s.io/CustomResourceDefinition"),
    services: of("Service"),
    admission: of(...admissionKinds),
    bindings: of("rbac.authorization.k8s.io/RoleBinding", "rbac.authorization.k8s.io/ClusterRoleBinding"),
    early: objects.filter((object) => !lastKinds.includes(kindId(object))),
  };
}

function wanted(object: KubeObject, { definitions, services, admission, bindings, early }: Pools): string[] {
  const ids = [...needs(object), ...prefers(object)].map(idOf);
  const also = (others: readonly KubeObject[]) => ids.push(...others.map((other) => objectId(refOf(other))));
  if (lastKinds.includes(kindId(object))) also(early);
  also(definitions.filter((definition) => isDefinedBy(object, definition)));
  const account = serviceAccountOf(object);
  if (account === undefined) return ids;
  also(services.filter((service) => isSelectedBy(object, service)));
  also(admission.filter((rule) => rule.metadata.namespace === object.metadata.namespace));
  also(bindings.filter((binding) => binds(binding, account)));
  return ids;
}

function binds(binding: KubeObject, account: Named): boolean {
  return prefers(binding).some((named) => named.kind === "ServiceAccount" && idOf(named) === idOf(account));
}

function idOf({ kind, namespace, name }: Named): string {
  return `${kind}/${namespace ?? "-"}/${name}`;
}

/** Id -> its connected set; members share one Set object. */
function connected(byId: ReadonlyMap<string, KubeObject>): ReadonlyMap<string, Set<string>> {
  const sets = new Map([...byId.keys()].map((id) => [id, new Set([id])]));
  for (const [id, object] of byId) {
    for (const named of needs(object)) {
      const [mine, other] = [sets.get(id), sets.get(idOf(named))];
      if (!mine || !other || mine === other) continue;
      for (const member of other) {
        mine.add(member);
        sets.set(member, mine);
      }
    }
  }
  return sets;
}

/** Removes edges that lead back to an object on the path to itself. */
function breakCircles(edges: ReadonlyMap<string, Set<string>>): void {
  const done = new Set<string>();
  const onTheWay = new Set<string>();
  const visit = (id: string) => {
    onTheWay.add(id);
    for (const next of [...(edges.get(id) ?? [])]) {
      if (onTheWay.has(next)) edges.get(id)?.delete(next);
      else if (!done.has(next)) visit(next);
    }
    onTheWay.delete(id);
    done.add(id);
  };
  for (const id of edges.keys()) if (!done.has(id)) visit(id);
}

/** Objects that occur more than once, each with its indexes in `items`. */
export function duplicates<T extends { readonly object: KubeObject }>(
  items: readonly T[],
): readonly (readonly [T, T])[] {
  const first = new Map<string, T>();
  const twice: [T, T][] = [];
  for (const item of items) {
    const id = objectId(refOf(item.object) as ObjectRef);
    const earlier = first.get(id);
    if (earlier) twice.push([earlier, item]);
    else first.set(id, item);
  }
  return twice;
}
