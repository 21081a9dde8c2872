/**
 * The watches of a wait: one per kind and namespace of the objects, and those of the pods, replica sets and events
 * around them. Watches that only explain (pods, events) may be forbidden: the wait then continues with less to report.
 */

import type { Cluster, KubeObject, ObjectRef } from "../cluster.ts";
import { ApiError } from "../connect/api-error.ts";
import { getObject, type Selection } from "../objects/objects.ts";
import { kindOf } from "../objects/resources.ts";
import type { Neighbours } from "../status/family.ts";
import { hasPods } from "../status/judge.ts";
import type { WatchTrouble } from "../watch/watch.ts";
import { type CacheEvent, type Watched, watched } from "../watch/watch-cache.ts";

export interface Listener {
  changed(): void;
  trouble(trouble: WatchTrouble): void;
  /** Called when a required watch has ended. */
  failed(thrown: unknown): void;
}

export interface Neighbourhood extends Disposable {
  get(ref: ObjectRef): KubeObject | undefined;
  /** Whether the object's watch existed before the wait, so that it may still report an earlier state. */
  mayLag(ref: ObjectRef): boolean;
  /** Whether the object existed when the wait began, and its watch had not reported it yet. */
  isComing(ref: ObjectRef): boolean;
  /** The last state of an object that is gone. */
  lastOf(ref: ObjectRef): KubeObject | undefined;
  /** Whether the object's kind has a status that a controller writes. */
  reportsStatus(ref: ObjectRef): boolean;
  /** The pods, replica sets and events in the object's namespace. */
  of(ref: ObjectRef): Neighbours;
}

const explaining = [
  ["v1", "Pod"],
  ["apps/v1", "ReplicaSet"],
  ["v1", "Event"],
] as const;

/**
 * Resolves when everything has been listed once.
 * @throws ApiError, Unreachable where a waited-for kind cannot be read
 */
export async function gather(
  cluster: Cluster,
  refs: readonly ObjectRef[],
  signal: AbortSignal,
  listener: Listener,
): Promise<Neighbourhood> {
  using stack = new DisposableStack();
  const held = new Map<string, Watched>();
  const last = new Map<string, KubeObject>();
  const take = (of: Selection, needed: boolean): Watched => {
    const key = keyOf(of.apiVersion, of.kind, of.namespace);
    const known = held.get(key);
    if (known) return known;
    const hold = stack.use(watched(cluster, of, (event) => hear(event, needed, last, listener)));
    held.set(key, hold);
    return hold;
  };

  const needed: Promise<void>[] = [];
  const optional: Promise<void>[] = [];
  const scopes = new Map<ObjectRef, string | undefined>();
  const reporting = new Set<ObjectRef>();
  for (const ref of refs) {
    const { namespaced, reportsStatus } = await kindOf(cluster, ref.apiVersion, ref.kind, signal);
    const namespace = namespaced ? (ref.namespace ?? cluster.namespace) : undefined;
    scopes.set(ref, namespace);
    if (reportsStatus) reporting.add(ref);
    const ready = take({ apiVersion: ref.apiVersion, kind: ref.kind, namespace }, true).ready(signal);
    // It may reject before it is awaited, while the next kind is looked up.
    ready.catch(() => undefined);
    needed.push(ready);
  }
  for (const ref of refs.filter(hasPods)) {
    const namespace = scopes.get(ref);
    for (const [apiVersion, kind] of explaining)
      optional.push(take({ apiVersion, kind, namespace }, false).ready(signal));
  }
  // Handled from the start, because a cancelled wait ends at the first promise below.
  const explained = Promise.allSettled(optional);
  await Promise.all(needed);
  for (const result of await explained)
    if (result.status === "rejected" && !(result.reason instanceof ApiError)) throw result.reason;

  const watchOf = (ref: ObjectRef) => held.get(keyOf(ref.apiVersion, ref.kind, scopes.get(ref)));
  const get = (ref: ObjectRef) => watchOf(ref)?.get(ref.name, scopes.get(ref));
  const mayLag = (ref: ObjectRef) => watchOf(ref)?.joined === true;
  const untold = refs.filter((ref) => mayLag(ref) && get(ref) === undefined);
  const there = await Promise.all(untold.map((ref) => getObject(cluster, ref, signal)));
  const coming = new Set(untold.filter((_ref, i) => there[i] !== undefined));

  const objects = (kind: string, apiVersion: string, namespace: string | undefined) => [
    ...(held.get(keyOf(apiVersion, kind, namespace))?.objects() ?? []),
  ];
  const owned = stack.move();
  return {
    get,
    mayLag,
    isComing: (ref) => coming.has(ref),
    lastOf: (ref) => last.get(`${keyOf(ref.apiVersion, ref.kind, scopes.get(ref))}\n${ref.name}`),
    reportsStatus: (ref) => reporting.has(ref),
    of: (ref) => ({
      pods: objects("Pod", "v1", scopes.get(ref)),
      replicaSets: objects("ReplicaSet", "apps/v1", scopes.get(ref)),
      events: objects("Event", "v1", scopes.get(ref)),
    }),
    [Symbol.dispose]: () => owned.dispose(),
  };
}

function hear(event: CacheEvent, needed: boolean, last: Map<string, KubeObject>, listener: Listener): void {
  switch (event.kind) {
    case "lost":
    case "restored":
      // One watch reports for all, because they share the server.
      if (needed) listener.trouble(event);
      return;
    case "failed":
      if (needed) listener.failed(event.thrown);
      return;
    case "gone": {
      const { apiVersion, kind, metadata } = event.object;
      last.set(`${keyOf(apiVersion, kind, metadata.namespace)}\n${metadata.name}`, event.object);
      return listener.changed();
    }
    default:
      return listener.changed();
  }
}

function keyOf(apiVersion: string, kind: string, namespace: string | undefined): string {
  return [apiVersion, kind, namespace].join("\n");
}
