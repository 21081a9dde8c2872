/** The id of an object in task ids, ledgers and look-ups: `apps/Deployment/shop/web`. */
import type { ObjectRef } from "../../cluster/cluster.ts";

/**
 * Without the version, because an object is the same in each version of its group. `-` replaces a missing namespace.
 */
export function objectId(ref: ObjectRef): string {
  return `${kindId(ref)}/${ref.namespace ?? "-"}/${ref.name}`;
}

/** `apps/Deployment`, `ConfigMap`. */
export function kindId(of: { readonly apiVersion: string; readonly kind: string }): string {
  const group = groupOf(of.apiVersion);
  return group === "" ? of.kind : `${group}/${of.kind}`;
}

/** Empty for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}
