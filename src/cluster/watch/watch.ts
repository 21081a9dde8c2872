/**
 * Follows the objects of a selection as long as the caller wants: a list, then changes, resumed by resource version
 * after every break, listed again where the server no longer has the history. A watch may be quiet for any time.
 * A first list that fails is thrown to the caller. Later breaks are repaired here and reported by `onTrouble`: an API
 * server that restarts interrupts the watch for seconds and gives odd answers while it starts.
 */
import { type Clock, systemClock } from "../../std/clock.ts";
import { TooLong } from "../../std/text/too-long.ts";
import type { Cluster, KubeObject } from "../cluster.ts";
import { ApiError, apiError, isBroken, Unreachable, unreachable } from "../connect/api-error.ts";
import { type KubeStatus, readStatus } from "../objects/kube-status.ts";
import { isObject, listObjects, type Selection, selectors } from "../objects/objects.ts";
import { kindOf, pathOf } from "../objects/resources.ts";
import { readJsonLines } from "./read-lines.ts";

export type WatchChange =
  /** All objects of the selection: at the begin, and after a gap in the history. */
  | { readonly kind: "reset"; readonly items: readonly KubeObject[] }
  | { readonly kind: "set"; readonly object: KubeObject }
  /** With the object's last state. */
  | { readonly kind: "gone"; readonly object: KubeObject };

export type WatchTrouble =
  | { readonly kind: "lost"; readonly why: string }
  | { readonly kind: "restored"; readonly seconds: number };

interface RawEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubeObject;
}

/** Servers send a bookmark about once a minute: a connection that is silent for longer than this counts as broken. */
const silentMs = 150_000;
/** A connection that lasted this long was working, even without an event. */
const steadyMs = 10_000;
const shortestPauseMs = 100;
const longestPauseMs = 5_000;

/** @throws ApiError or Unreachable where the first list fails; the signal's reason when it is aborted */
export async function* watch(
  cluster: Cluster,
  of: Selection,
  onTrouble: (trouble: WatchTrouble) => void,
  signal: AbortSignal,
  clock: Clock = systemClock,
): AsyncGenerator<WatchChange, never> {
  const kind = await kindOf(cluster, of.apiVersion, of.kind, signal);
  const path = pathOf(kind, of.namespace);
  let version: string | undefined;
  let everListed = false;
  let lostAt: number | undefined;
  let pauseMs = shortestPauseMs;
  const alive = () => {
    if (lostAt === undefined) return;
    onTrouble({ kind: "restored", seconds: (clock.now() - lostAt) / 1000 });
    lostAt = undefined;
  };
  for (;;) {
    const openedAt = clock.now();
    try {
      if (version === undefined) {
        const list = await listObjects(cluster, of, signal);
        version = list.resourceVersion;
        everListed = true;
        alive();
        yield { kind: "reset", items: list.items };
      }
      for await (const event of connection(cluster, path, of, version, alive, signal)) {
        version = event.object.metadata?.resourceVersion ?? version;
        pauseMs = shortestPauseMs;
        if (event.type !== "BOOKMARK") yield changeOf(event, of);
      }
    } catch (thrown) {
      signal.throwIfAborted();
      if (!everListed || !(thrown instanceof ApiError || thrown instanceof Unreachable)) throw thrown;
      if (isUnusableVersion(thrown)) version = undefined;
      else if (lostAt === undefined) {
        lostAt = clock.now();
        onTrouble({ kind: "lost", why: thrown.message });
      }
    }
    // Servers end a watch on purpose now and then; one that does so at once must not be asked in a hot loop.
    if (clock.now() - openedAt >= steadyMs) pauseMs = shortestPauseMs;
    await clock.sleep(pauseMs * (0.75 + Math.random() / 2), signal);
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }
}

/** One watch connection to its end. `alive` is called as soon as the server accepts it, and with every event. */
async function* connection(
  cluster: Cluster,
  path: string,
  of: Selection,
  version: string,
  alive: () => void,
  signal: AbortSignal,
): AsyncGenerator<RawEvent> {
  const ended = new AbortController();
  const query = { ...selectors(of), watch: "1", resourceVersion: version, allowWatchBookmarks: "true" };
  const response = await cluster.fetch(path, {
    query,
    signal: AbortSignal.any([signal, ended.signal]),
    repeatable: false,
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listening = () => {
    clearTimeout(timer);
    timer = setTimeout(() => ended.abort(), silentMs);
  };
  try {
    if (!response.ok) throw await apiError(response, `cannot watch ${of.kind} objects`);
    listening();
    alive();
    for await (const event of readJsonLines<RawEvent | null>(response)) {
      listening();
      if (typeof event?.type !== "string" || typeof event.object !== "object" || event.object === null)
        throw noEvent(of, cluster);
      if (event.type === "ERROR") throw refused(readStatus(event.object) ?? {}, of);
      // A bookmark is no object: it has a version and no name.
      if (!isObject(event.object) && event.type !== "BOOKMARK") throw noEvent(of, cluster);
      alive();
      yield event;
    }
  } catch (thrown) {
    signal.throwIfAborted();
    // Silence is repaired by asking again from the last version, without a report.
    if (ended.signal.aborted) return;
    if (thrown instanceof SyntaxError || thrown instanceof TooLong) throw noEvent(of, cluster);
    throw isBroken(thrown) ? unreachable(thrown, cluster.context, cluster.endpoint.url) : thrown;
  } finally {
    clearTimeout(timer);
    ended.abort();
  }
}

/**
 * Whether the server cannot continue from the requested version: its history starts later (410), or its own cache is
 * behind it, as after a restore of its database or behind a balancer (504, `Too large resource version`).
 */
function isUnusableVersion(thrown: unknown): boolean {
  if (!(thrown instanceof ApiError)) return false;
  return (
    thrown.code === 410 ||
    thrown.causes.some(({ reason }) => reason === "ResourceVersionTooLarge") ||
    /too large resource version/i.test(thrown.message)
  );
}

function refused(status: KubeStatus, of: Selection): ApiError {
  return new ApiError(status, status.code ?? 500, `the watch of ${of.kind} objects ended`);
}

/** A proxy that ends a connection in the middle writes its own page behind the events. */
function noEvent(of: Selection, cluster: Cluster): Unreachable {
  const at = `the API server of the context "${cluster.context}" at ${cluster.endpoint.url}`;
  const message = `${at} sent something that is no event while ${of.kind} objects were watched`;
  return new Unreachable("other", message, "is a proxy between here and the cluster?");
}

function changeOf(event: RawEvent, of: Selection): WatchChange {
  const object = { ...event.object, apiVersion: of.apiVersion, kind: of.kind };
  return { kind: event.type === "DELETED" ? "gone" : "set", object };
}
