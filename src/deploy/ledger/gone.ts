/**
 * Follows deleted objects until they are gone, which takes as long as their finalizers and grace periods. By watch, one
 * per kind and namespace. An object counts as gone when another one has its name.
 */

import type { Cluster, ObjectRef } from "../../cluster/cluster.ts";
import { ApiError } from "../../cluster/connect/api-error.ts";
import { kindOf } from "../../cluster/objects/resources.ts";
import { type Watched, watched } from "../../cluster/watch/watch-cache.ts";
import { kindId } from "../manifests/object-id.ts";

export interface Going {
  readonly ref: ObjectRef;
  readonly uid: string;
}

export interface GoneOptions<Object> {
  readonly deadlineMs: number;
  /** Called for each object as soon as it is gone. */
  readonly onGone: (object: Object) => void;
  /** Called once with the objects that still exist after `longMs`. */
  readonly longMs?: number;
  readonly onLong?: (left: readonly Object[]) => void;
}

/**
 * Resolves with the objects that still exist at the deadline; empty when all are gone.
 * @throws ApiError, Unreachable where the objects cannot be watched; the signal's reason when cancelled
 */
export async function untilGone<Object extends Going>(
  cluster: Cluster,
  objects: readonly Object[],
  { deadlineMs, onGone, longMs = deadlineMs, onLong }: GoneOptions<Object>,
  signal: AbortSignal,
): Promise<readonly Object[]> {
  const left = new Set(objects);
  if (left.size === 0) return [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => undefined);
  using stack = new DisposableStack();
  const holds = new Map<string, Watched>();
  const listed = new Set<string>();
  const keyOf = ({ ref }: Going) => `${kindId(ref)}\n${ref.namespace ?? ""}`;
  const look = () => {
    for (const object of left) {
      if (!listed.has(keyOf(object))) continue;
      if (holds.get(keyOf(object))?.get(object.ref.name, object.ref.namespace)?.metadata.uid === object.uid) continue;
      left.delete(object);
      onGone(object);
    }
    if (left.size === 0) resolve();
  };
  for (const object of objects) {
    const key = keyOf(object);
    if (holds.has(key)) continue;
    const { apiVersion, kind, namespace } = object.ref;
    if (!(await isServed(cluster, object.ref, signal))) {
      listed.add(key);
      continue;
    }
    const hold = watched(cluster, { apiVersion, kind, namespace }, (event) =>
      event.kind === "failed" ? reject(event.thrown) : look(),
    );
    holds.set(key, stack.use(hold));
    hold.ready(signal).then(() => {
      listed.add(key);
      look();
    }, reject);
  }
  look();
  const timer = setTimeout(resolve, deadlineMs);
  const long = longMs < deadlineMs ? setTimeout(() => onLong?.([...left]), longMs) : undefined;
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await promise;
  } finally {
    clearTimeout(timer);
    clearTimeout(long);
    signal.removeEventListener("abort", onAbort);
  }
  return [...left];
}

/** When a definition is gone, all objects of its kind are gone. */
async function isServed(cluster: Cluster, ref: ObjectRef, signal: AbortSignal): Promise<boolean> {
  try {
    await kindOf(cluster, ref.apiVersion, ref.kind, signal);
    return true;
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.code === 404) return false;
    throw thrown;
  }
}
