/**
 * An API server in memory, for clean-up, waits and streams: discovery of the built-in kinds and of definitions that are
 * put in, get, list, watch, delete with a uid, finalizers. No validation, no controllers: what is there is what a test
 * put there. Requests are noted; any answer can be replaced.
 */

import type { Cluster, KubeObject, ObjectRef, RequestOptions } from "../../src/cluster/cluster.ts";
import { builtinKind } from "../../src/cluster/objects/builtin-kinds.ts";
import { refusal } from "./fake-api.ts";

interface Served {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

interface Watcher {
  readonly wants: (object: KubeObject) => boolean;
  readonly send: (type: string, object: KubeObject) => void;
  readonly end: () => void;
}

export class MemoryCluster {
  /** `METHOD /path?query`, in order; discovery and the size of pages are left out. */
  readonly asked: string[] = [];
  /** Tried first; undefined: the server's own answer. */
  override: (asked: string) => Response | undefined = () => undefined;
  readonly #objects = new Map<string, KubeObject>();
  readonly #watchers = new Set<Watcher>();
  readonly #served: Served[] = [];
  #version = 0;

  readonly cluster: Cluster = {
    context: "memory",
    namespace: "shop",
    endpoint: { url: "https://memory", tls: {}, headers: async () => ({}) },
    fetch: async (path, options = {}) => {
      options.signal?.throwIfAborted();
      return this.#answer(path, options);
    },
  };

  constructor(...kinds: readonly Served[]) {
    this.#served.push(...kinds);
  }

  get watches(): number {
    return this.#watchers.size;
  }

  /** Puts the object there, or in the place of the one that has its name; a uid is made where it has none. */
  set(object: KubeObject): KubeObject {
    const id = idOf(object);
    const known = this.#objects.get(id);
    const uid = object.metadata.uid ?? known?.metadata.uid ?? `uid-${id}`;
    const stored = { ...object, metadata: { ...object.metadata, uid, resourceVersion: String(++this.#version) } };
    this.#objects.set(id, stored);
    this.#tell(known ? "MODIFIED" : "ADDED", stored);
    return stored;
  }

  get(ref: ObjectRef): KubeObject | undefined {
    return this.#objects.get(idOf({ ...ref, metadata: ref }));
  }

  remove(ref: ObjectRef): void {
    const gone = this.get(ref);
    if (!gone) return;
    this.#objects.delete(idOf(gone));
    this.#tell("DELETED", { ...gone, metadata: { ...gone.metadata, resourceVersion: String(++this.#version) } });
  }

  /** Ends every open watch, as servers do now and then. */
  cut(): void {
    for (const watcher of [...this.#watchers]) watcher.end();
  }

  #tell(type: string, object: KubeObject): void {
    for (const watcher of [...this.#watchers]) if (watcher.wants(object)) watcher.send(type, object);
  }

  #answer(path: string, { method = "GET", query = {}, body, signal }: RequestOptions): Response {
    const search = new URLSearchParams(
      Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    const asked = `${method} ${path}${search.size > 0 ? `?${search}` : ""}`;
    const discovered = this.#discovery(path);
    if (discovered === undefined) this.asked.push(asked.replace(/[?&]limit=\d+/, ""));
    const instead = this.override(asked);
    if (instead) return endedBy(instead, signal);
    if (discovered) return discovered;
    const at = this.#parse(path);
    if (at === undefined) return refusal(404, "NotFound", "the server could not find the requested resource");
    const { served, namespace, name } = at;
    if (name !== undefined) return this.#one(method, served, namespace, name, body);
    const wants = selection(served, namespace, query);
    if (query.watch === "1") return this.#watch(wants, signal);
    const items = [...this.#objects.values()].filter(wants).map(({ apiVersion: _, kind: _k, ...item }) => item);
    return Response.json({ metadata: { resourceVersion: String(this.#version) }, items });
  }

  #one(method: string, { apiVersion, kind }: Served, namespace: string | undefined, name: string, body?: string) {
    const ref = { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
    const object = this.get(ref);
    if (object === undefined) return refusal(404, "NotFound", `${kind} "${name}" not found`);
    if (method === "GET") return Response.json(object);
    const { preconditions, dryRun } = JSON.parse(body ?? "{}") as { preconditions?: { uid: string }; dryRun?: unknown };
    if (preconditions !== undefined && preconditions.uid !== object.metadata.uid)
      return refusal(409, "Conflict", "the UID in the precondition does not match");
    if (dryRun !== undefined) return Response.json(object);
    if ((object.metadata.finalizers ?? []).length === 0) this.remove(ref);
    else this.set({ ...object, metadata: { ...object.metadata, deletionTimestamp: "2030-01-01T00:00:00Z" } });
    return Response.json({ kind: "Status", status: "Success" });
  }

  #watch(wants: Watcher["wants"], signal: AbortSignal | undefined): Response {
    let watcher: Watcher | undefined;
    const forget = () => watcher && this.#watchers.delete(watcher);
    const stream = new ReadableStream<Uint8Array>({
      start: (to) => {
        const own: Watcher = {
          wants,
          send: (type, object) => to.enqueue(new TextEncoder().encode(`${JSON.stringify({ type, object })}\n`)),
          end: () => {
            if (forget()) to.close();
          },
        };
        watcher = own;
        this.#watchers.add(own);
        // The head of an answer comes with its first bytes.
        to.enqueue(new TextEncoder().encode("\n"));
        signal?.addEventListener("abort", () => forget() && to.error(signal.reason), { once: true });
      },
      cancel: () => void forget(),
    });
    return new Response(stream);
  }

  #parse(path: string): { served: Served; namespace: string | undefined; name: string | undefined } | undefined {
    const [, version, namespace, plural, name] =
      /^\/(?:api\/([^/]+)|apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
    if (plural === undefined) return undefined;
    const apiVersion = version ?? path.split("/").slice(2, 4).join("/");
    const served = this.#kinds(apiVersion).find((one) => one.plural === plural);
    return served && { served, namespace, name };
  }

  /** Built-in kinds of objects that are there, and those that were given. */
  #kinds(apiVersion: string): readonly Served[] {
    const here = [...this.#objects.values()].flatMap((object) => {
      const builtin = builtinKind(object.apiVersion, object.kind);
      return builtin ? [{ apiVersion: object.apiVersion, kind: object.kind, ...builtin }] : [];
    });
    const usual = ["Pod", "ConfigMap", "Secret", "Service", "Namespace", "ServiceAccount"].map((kind) => ["v1", kind]);
    const apps = ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"].map((kind) => ["apps/v1", kind]);
    const others = [
      ["batch/v1", "Job"],
      ["batch/v1", "CronJob"],
      ["apiextensions.k8s.io/v1", "CustomResourceDefinition"],
    ];
    const known = [...usual, ...apps, ...others].flatMap(([of = "", kind = ""]) => {
      const builtin = builtinKind(of, kind);
      return builtin ? [{ apiVersion: of, kind, ...builtin }] : [];
    });
    return [...this.#served, ...known, ...here].filter((one) => one.apiVersion === apiVersion);
  }

  #discovery(path: string): Response | undefined {
    if (path === "/api" || path === "/apis") return Response.json(this.#groups(path === "/api"));
    const apiVersion = /^\/(?:api\/([^/]+)|apis\/([^/]+\/[^/]+))$/.exec(path)?.slice(1).find(Boolean);
    if (apiVersion === undefined) return undefined;
    const kinds = this.#served.filter((one) => one.apiVersion === apiVersion);
    if (kinds.length === 0) return refusal(404, "NotFound", "the server could not find the requested resource");
    return Response.json({
      resources: kinds.map(({ plural, kind, namespaced }) => ({ name: plural, kind, namespaced })),
    });
  }

  /** Every version that has a kind, as the aggregated discovery says it. */
  #groups(core: boolean) {
    const versions = ["v1", "apps/v1", "batch/v1", ...this.#served.map(({ apiVersion }) => apiVersion)];
    const items = [...new Set(versions)]
      .filter((apiVersion) => core === (apiVersion === "v1"))
      .map((apiVersion) => {
        const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
        const resources = this.#kinds(apiVersion).map(({ plural, kind, namespaced }) => ({
          resource: plural,
          scope: namespaced ? "Namespaced" : "Cluster",
          verbs: ["list", "get"],
          responseKind: { kind },
        }));
        return { metadata: { name: group }, versions: [{ version, resources }] };
      });
    return { kind: "APIGroupDiscoveryList", items };
  }
}

/** The answer with a body that the signal cuts, as a request's does. */
function endedBy(response: Response, signal: AbortSignal | undefined): Response {
  if (response.body === null || signal === undefined) return response;
  const body = response.body.pipeThrough(new TransformStream(), { signal });
  return new Response(body, { status: response.status, headers: response.headers });
}

function idOf({ apiVersion, kind, metadata }: Pick<KubeObject, "apiVersion" | "kind" | "metadata">): string {
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
  return `${group}/${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
}

function selection(
  served: Served,
  namespace: string | undefined,
  { labelSelector, fieldSelector }: NonNullable<RequestOptions["query"]>,
): (object: KubeObject) => boolean {
  const labels = (labelSelector ?? "").split(",").filter(Boolean);
  const name = /^metadata\.name=(.*)$/.exec(fieldSelector ?? "")?.[1];
  const group = (apiVersion: string) => (apiVersion.includes("/") ? apiVersion.split("/")[0] : "");
  return ({ apiVersion, kind, metadata }) =>
    kind === served.kind &&
    group(apiVersion) === group(served.apiVersion) &&
    (namespace === undefined || metadata.namespace === namespace) &&
    (name === undefined || metadata.name === name) &&
    labels.every((label) => {
      const [key = "", value] = label.split("=");
      return metadata.labels?.[key] === value;
    });
}
