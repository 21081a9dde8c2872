/**
 * One watch per selection for all readers: many waits on pods of a namespace share one connection and one copy. The
 * first reader starts it, and it ends when the last one releases it. Objects are kept without their managedFields,
 * which are half of their size and not needed for their status.
 */
import { abortable } from "../../std/async/abortable.ts";
import type { Cluster, KubeObject } from "../cluster.ts";
import type { Selection } from "../objects/objects.ts";
import { type WatchTrouble, watch } from "./watch.ts";

export type CacheEvent =
  | { readonly kind: "reset" }
  | { readonly kind: "set" | "gone"; readonly object: KubeObject }
  | WatchTrouble
  /** The watch has ended with this error. */
  | { readonly kind: "failed"; readonly thrown: unknown };

/** One reader's share of a watch; disposing releases it. */
export interface Watched extends Disposable {
  /** True where another reader had begun the watch: a very recent change may not be reported yet. */
  readonly joined: boolean;
  /** The present objects; empty before `ready`. */
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

/** Shares the watch of the selection. `listener` gets every change from now on, until the result is disposed. */
export function watched(cluster: Cluster, of: Selection, listener: (event: CacheEvent) => void): Watched {
  const all = watches.get(cluster) ?? new Map<string, Shared>();
  watches.set(cluster, all);
  const key = [of.apiVersion, of.kind, of.namespace, of.labelSelector, of.fieldSelector].join("\n");
  const begun = all.get(key);
  const shared = begun ?? start(cluster, of, () => all.delete(key));
  all.set(key, shared);
  // A separate wrapper, because the same function may be given twice.
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
  // The list need not be awaited: its failure is also reported to the listeners.
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
