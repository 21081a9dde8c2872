/**
 * One watch per selection, whoever looks: many waiters on pods of a namespace share one connection and one copy. The
 * first who takes it starts it, the last who lets go ends it. Objects are kept without their managedFields, which are
 * half of their size and of no use to a reader of status.
 */
import { abortable } from "../../std/async/abortable.ts";
import type { Cluster, KubeObject } from "../cluster.ts";
import type { Selection } from "../objects/objects.ts";
import { type WatchTrouble, watch } from "./watch.ts";

export type CacheEvent =
  | { readonly kind: "reset" }
  | { readonly kind: "set" | "gone"; readonly object: KubeObject }
  | WatchTrouble
  /** The watch is over: what it threw. */
  | { readonly kind: "failed"; readonly thrown: unknown };

/** A hold on a shared watch; disposing lets go of it. */
export interface Watched extends Disposable {
  /** Somebody else had begun it: what changed a moment ago may not be told yet. */
  readonly joined: boolean;
  /** What is there now; empty before `ready`. */
  objects(): Iterable<KubeObject>;
  get(name: string, namespace?: string): KubeObject | undefined;
  /** Resolves with the first list. Rejects with what the watch threw, or with the signal's reason. */
  ready(signal: AbortSignal): Promise<void>;
}

interface Shared {
  readonly objects: Map<string, KubeObject>;
  readonly listeners: Set<(event: CacheEvent) => void>;
  readonly ended: AbortController;
  readonly listed: Promise<void>;
}

const watches = new WeakMap<Cluster, Map<string, Shared>>();

/** Takes the watch of the selection. `listener` hears of every change from now on, until the hold is disposed. */
export function watched(cluster: Cluster, of: Selection, listener: (event: CacheEvent) => void): Watched {
  const all = watches.get(cluster) ?? new Map<string, Shared>();
  watches.set(cluster, all);
  const key = [of.apiVersion, of.kind, of.namespace, of.labelSelector, of.fieldSelector].join("\n");
  const begun = all.get(key);
  const shared = begun ?? start(cluster, of, () => all.delete(key));
  all.set(key, shared);
  // A wrapper of its own: the same function may listen twice.
  const own = (event: CacheEvent) => listener(event);
  shared.listeners.add(own);
  return {
    joined: begun !== undefined,
    objects: () => shared.objects.values(),
    get: (name, namespace) => shared.objects.get(keyOf(name, namespace)),
    ready: (signal) => abortable(shared.listed, signal),
    [Symbol.dispose]() {
      shared.listeners.delete(own);
      if (shared.listeners.size > 0) return;
      if (all.get(key) === shared) all.delete(key);
      shared.ended.abort();
    },
  };
}

function start(cluster: Cluster, of: Selection, forget: () => void): Shared {
  const { promise: listed, resolve, reject } = Promise.withResolvers<void>();
  // Nobody has to wait for the list: its failure is also told to the listeners.
  listed.catch(() => undefined);
  const shared: Shared = { objects: new Map(), listeners: new Set(), ended: new AbortController(), listed };
  const tell = (event: CacheEvent) => {
    for (const listener of [...shared.listeners]) listener(event);
  };
  const follow = async () => {
    for await (const change of watch(cluster, of, tell, shared.ended.signal)) {
      if (change.kind === "reset") {
        shared.objects.clear();
        for (const item of change.items)
          shared.objects.set(keyOf(item.metadata.name, item.metadata.namespace), slim(item));
        resolve();
        tell({ kind: "reset" });
        continue;
      }
      const object = slim(change.object);
      const key = keyOf(object.metadata.name, object.metadata.namespace);
      if (change.kind === "set") shared.objects.set(key, object);
      else shared.objects.delete(key);
      tell({ kind: change.kind, object });
    }
  };
  follow().catch((thrown: unknown) => {
    if (shared.ended.signal.aborted) return;
    forget();
    reject(thrown);
    tell({ kind: "failed", thrown });
  });
  return shared;
}

function keyOf(name: string, namespace: string | undefined): string {
  return `${namespace ?? ""}/${name}`;
}

function slim(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
