/**
 * Reads and deletes objects of any kind, and passes on the cluster's answers. Decides only what counts as gone: an
 * object that does not exist, or another one with the same name where a uid was given.
 */

import { Failure } from "../../diag/failure.ts";
import { nameOf } from "../../diag/object-name.ts";
import type { Cluster, KubeObject, ObjectRef } from "../cluster.ts";
import { ApiError } from "../connect/api-error.ts";
import { requestJson } from "../connect/request.ts";
import { kindOf, objectPath, pathOf } from "./resources.ts";

/** Objects of one kind. Without a namespace: of all namespaces. */
export interface Selection {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ObjectList {
  readonly items: readonly KubeObject[];
  /** The version from which a watch continues. */
  readonly resourceVersion: string;
}

interface RawList {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items: readonly Omit<KubeObject, "apiVersion" | "kind">[] | null;
}

/** kubectl's page size. Most namespaces fit into one page. */
const pageSize = 500;
/** More than any cluster holds: a longer list comes from a server that never ends it. */
const mostObjects = 200_000;

/** The object, or undefined where it, its namespace or its kind does not exist. */
export async function getObject(
  cluster: Cluster,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  try {
    const path = await objectPath(cluster, ref, signal);
    const object = await requestJson<KubeObject>(cluster, path, { signal }, `cannot read ${nameOf(ref)}`);
    if (!isObject(object)) throw new Failure(`cannot read ${nameOf(ref)}: the answer is no object of Kubernetes`);
    return object;
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.code === 404) return undefined;
    throw thrown;
  }
}

/** All objects of the selection in their newest state. Starts again where a continued list has expired. */
export async function listObjects(cluster: Cluster, of: Selection, signal: AbortSignal): Promise<ObjectList> {
  const path = pathOf(await kindOf(cluster, of.apiVersion, of.kind, signal), of.namespace);
  const action = `cannot list ${of.kind} objects${of.namespace ? ` in ${of.namespace}` : ""}`;
  const items: KubeObject[] = [];
  let from: string | undefined;
  for (;;) {
    const query = { ...selectors(of), limit: String(pageSize), continue: from };
    let page: RawList;
    try {
      page = await requestJson<RawList>(cluster, path, { query, signal }, action);
    } catch (thrown) {
      if (from === undefined || !(thrown instanceof ApiError) || thrown.code !== 410) throw thrown;
      from = undefined;
      items.length = 0;
      continue;
    }
    const found: unknown = page.items ?? [];
    if (!Array.isArray(found) || !found.every(isObject))
      throw new Failure(`${action}: the answer is no list of objects`);
    // Items of a list have no kind of their own.
    for (const item of found) items.push({ ...item, apiVersion: of.apiVersion, kind: of.kind } as KubeObject);
    from = page.metadata?.continue || undefined;
    if (items.length > mostObjects) throw new Failure(`${action}: there are more than ${mostObjects}`);
    if (from === undefined) return { items, resourceVersion: page.metadata?.resourceVersion ?? "" };
  }
}

/** Checks what all readers of an object rely on: it is a record with a name. */
export function isObject(value: unknown): value is KubeObject {
  const { metadata } = (value ?? {}) as { readonly metadata?: { readonly name?: unknown } | null };
  return typeof value === "object" && typeof metadata === "object" && typeof metadata?.name === "string";
}

export function selectors(of: Selection): Record<string, string | undefined> {
  return { labelSelector: of.labelSelector, fieldSelector: of.fieldSelector };
}

export interface Deletion {
  /** Uid of the object to delete: another one with its name is left alone. */
  readonly uid?: string | undefined;
  /** What happens to its dependents; default: deleted after it. */
  readonly propagation?: "Background" | "Foreground" | "Orphan";
  readonly graceSeconds?: number;
  readonly dryRun?: boolean;
}

/** `deleted`: accepted, its finalizers may still run. `gone`: did not exist. `replaced`: another uid, left alone. */
export async function deleteObject(
  cluster: Cluster,
  ref: ObjectRef,
  how: Deletion,
  signal: AbortSignal,
): Promise<"deleted" | "gone" | "replaced"> {
  const body = JSON.stringify({
    apiVersion: "v1",
    kind: "DeleteOptions",
    propagationPolicy: how.propagation ?? "Background",
    ...(how.uid ? { preconditions: { uid: how.uid } } : {}),
    ...(how.graceSeconds === undefined ? {} : { gracePeriodSeconds: how.graceSeconds }),
    ...(how.dryRun ? { dryRun: ["All"] } : {}),
  });
  // With a uid a second delete can only find the same object or none.
  const options = { method: "DELETE", body, repeatable: how.uid !== undefined, signal } as const;
  try {
    await requestJson<unknown>(
      cluster,
      await objectPath(cluster, ref, signal),
      options,
      `cannot delete ${nameOf(ref)}`,
    );
    return "deleted";
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    if (thrown.code === 404) return "gone";
    if (thrown.code === 409 && how.uid !== undefined) return "replaced";
    throw thrown;
  }
}
