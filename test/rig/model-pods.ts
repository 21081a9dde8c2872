/**
 * Pods in this process, for tests that need many of them, or faults at will: an API server that knows pods alone (list,
 * watch, delete), and containers whose files are a map. A container's files are named by their descriptions
 * (`src/store/files/description.ts`), so that they can be compared with a workspace's.
 */

import type { Cluster, KubeObject, RequestOptions } from "../../src/cluster/cluster.ts";
import { Unreachable } from "../../src/cluster/connect/api-error.ts";
import type { ContainerChannel, Sent } from "../../src/dev/sync/container-channel.ts";
import type { RunningContainer } from "../../src/dev/sync/containers.ts";
import type { SyncArchive } from "../../src/dev/sync/sync-archive.ts";
import { refusal } from "./fake-api.ts";
import { untar } from "./untar.ts";

type WatchEvent = { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: KubeObject };

/** One start of a container. */
export class ModelContainer {
  /** Absolute path -> description. */
  readonly files: Map<string, string>;
  /** Batches that it took. */
  taken = 0;
  /** Batches whose bytes are here, and that wait for the gate. */
  waiting = 0;
  /** Awaited by every batch once its bytes are on the way, before they are written. */
  gate: Promise<void> = Promise.resolve();
  /** What the next batches come to, instead of being taken. */
  readonly faults: Sent[] = [];
  /** It takes nothing and says nothing. */
  hung = false;
  running = true;

  constructor(files: Iterable<readonly [string, string]>) {
    this.files = new Map(files);
  }

  async take({ deleted, payload }: SyncArchive, signal: AbortSignal): Promise<Sent> {
    const bytes: Uint8Array[] = [];
    for await (const chunk of payload?.chunks ?? []) {
      if (this.hung) await untilAborted(signal);
      bytes.push(chunk);
    }
    if (this.hung) await untilAborted(signal);
    this.waiting++;
    await this.gate;
    this.waiting--;
    signal.throwIfAborted();
    const fault = this.faults.shift();
    if (fault !== undefined) return fault;
    if (!this.running) return { kind: "cut", why: "the container is gone" };
    for (const path of deleted) this.#remove(path);
    for (const { path, description } of untar(Buffer.concat(bytes))) this.files.set(`/${path}`, description);
    this.taken++;
    return { kind: "done" };
  }

  #remove(path: string): void {
    for (const name of [...this.files.keys()])
      if (name === path || name.startsWith(`${path}/`)) this.files.delete(name);
  }
}

export interface ModelPod {
  readonly name: string;
  readonly reference: string;
  readonly namespace: string;
  readonly container: ModelContainer;
}

export class ModelPods {
  /** Requests get no answer, and watches break. */
  #away = false;
  readonly requests: string[] = [];
  /** Namespaces in which nobody may look at pods. */
  readonly forbidden = new Set<string>();
  /** Channels into containers that are open now. */
  readonly channels = new Set<string>();
  /** Told of each pod that was deleted by a request. */
  deleted: (name: string) => void = () => undefined;
  readonly #pods = new Map<string, { object: KubeObject; container: ModelContainer }>();
  readonly #events: { readonly version: number; readonly event: WatchEvent }[] = [];
  readonly #watchers = new Set<{
    readonly namespace: string | undefined;
    tell(event: WatchEvent): void;
    cut(): void;
  }>();
  #version = 1;
  #starts = 0;

  readonly cluster: Cluster = {
    context: "model",
    namespace: "default",
    endpoint: { url: "https://model", tls: {}, headers: async () => ({}) },
    fetch: async (path, options = {}) => this.#answer(path, options),
  };

  get away(): boolean {
    return this.#away;
  }

  set away(away: boolean) {
    this.#away = away;
    if (away) for (const watcher of [...this.#watchers]) watcher.cut();
  }

  /** How many watches are open. */
  get watches(): number {
    return this.#watchers.size;
  }

  get all(): readonly ModelPod[] {
    return [...this.#pods.values()].map(({ object, container }) => ({
      name: object.metadata.name,
      namespace: object.metadata.namespace ?? "",
      reference: object.spec.containers[0].image,
      container,
    }));
  }

  /**
   * A pod with one container of the image, which runs already.
   * @param files that the image holds
   * @param owner what makes another pod when this one is deleted; empty: nothing does
   */
  start(reference: string, files: Iterable<readonly [string, string]>, namespace = "default", owner = ""): ModelPod {
    const name = `pod-${++this.#starts}`;
    const container = new ModelContainer(files);
    const ownerReferences =
      owner === ""
        ? []
        : [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: owner, uid: `uid-${owner}`, controller: true }];
    const object: KubeObject = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace, uid: `uid-${name}`, resourceVersion: String(++this.#version), ownerReferences },
      spec: { containers: [{ name: "main", image: reference }] },
      status: { phase: "Running", containerStatuses: [this.#status()] },
    };
    this.#pods.set(name, { object, container });
    this.#tell({ type: "ADDED", object });
    return { name, namespace, reference, container };
  }

  /** The container ends and starts anew: the image's files, a new id. @param told when its pod says so */
  restart(
    name: string,
    files: Iterable<readonly [string, string]>,
    told: Promise<void> | undefined = undefined,
  ): ModelContainer {
    const pod = this.#pods.get(name);
    if (pod === undefined) throw new Error(`there is no pod ${name}`);
    pod.container.running = false;
    const container = new ModelContainer(files);
    this.#pods.set(name, { object: pod.object, container });
    const say = () => {
      const now = this.#pods.get(name);
      if (now?.container !== container) return;
      const metadata = { ...now.object.metadata, resourceVersion: String(++this.#version) };
      const status = { phase: "Running", containerStatuses: [this.#status()] };
      const object = { ...now.object, metadata, status };
      this.#pods.set(name, { object, container });
      this.#tell({ type: "MODIFIED", object });
    };
    if (told === undefined) say();
    else void told.then(say);
    return container;
  }

  remove(name: string): void {
    const pod = this.#pods.get(name);
    if (pod === undefined) return;
    pod.container.running = false;
    this.#pods.delete(name);
    const metadata = { ...pod.object.metadata, resourceVersion: String(++this.#version) };
    this.#tell({ type: "DELETED", object: { ...pod.object, metadata } });
  }

  /** For `SyncerOptions.channel`. Where its container ended, it leads to the pod's next one once it was found to be cut. */
  readonly channel = ({ id, target }: RunningContainer): ContainerChannel => {
    let container = this.#pods.get(target.pod)?.container;
    const name = `${target.pod} ${id}`;
    this.channels.add(name);
    return {
      warm: () => undefined,
      send: async (archive, signal) => {
        if (this.#away || container === undefined) return { kind: "cut", why: "there is no way into the container" };
        const sent = await container.take(archive, signal);
        if (!container.running) container = this.#pods.get(target.pod)?.container;
        return sent;
      },
      [Symbol.asyncDispose]: async () => void this.channels.delete(name),
    };
  };

  #status(): object {
    return { name: "main", containerID: `model://${++this.#starts}`, state: { running: {} } };
  }

  #tell(event: WatchEvent): void {
    this.#events.push({ version: this.#version, event });
    for (const watcher of [...this.#watchers]) watcher.tell(event);
  }

  #answer(path: string, { method = "GET", query = {}, signal }: RequestOptions): Response {
    this.requests.push(`${method} ${path}`);
    if (this.#away) throw new Unreachable("refused", "the model's API server refuses connections", "wait");
    const [, namespace, name] = /^\/api\/v1(?:\/namespaces\/([^/]+))?\/pods(?:\/([^/]+))?$/.exec(path) ?? [];
    if (namespace !== undefined && this.forbidden.has(namespace))
      return refusal(403, "Forbidden", `pods are forbidden in ${namespace}`);
    if (path === "/readyz") return new Response("ok");
    if (method === "DELETE" && name !== undefined) {
      this.remove(name);
      this.deleted(name);
      return Response.json({ kind: "Status", apiVersion: "v1", status: "Success" });
    }
    if (query.watch !== undefined) return this.#watch(namespace, Number(query.resourceVersion), signal);
    const items = [...this.#pods.values()].map(({ object }) => object).filter((pod) => isIn(pod, namespace));
    return Response.json({
      kind: "PodList",
      apiVersion: "v1",
      metadata: { resourceVersion: String(this.#version) },
      items,
    });
  }

  #watch(namespace: string | undefined, from: number, signal: AbortSignal | undefined): Response {
    const text = new TextEncoder();
    const watchers = this.#watchers;
    const missed = this.#events.filter(({ version }) => version > from).map(({ event }) => event);
    let end = () => {};
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const tell = (event: WatchEvent) => {
          if (isIn(event.object, namespace)) controller.enqueue(text.encode(`${JSON.stringify(event)}\n`));
        };
        const watcher = {
          namespace,
          tell,
          cut() {
            end();
            controller.error(Object.assign(new TypeError("the connection broke"), { code: "ECONNRESET" }));
          },
        };
        end = () => {
          watchers.delete(watcher);
          signal?.removeEventListener("abort", watcher.cut);
        };
        watchers.add(watcher);
        signal?.addEventListener("abort", watcher.cut, { once: true });
        for (const event of missed) tell(event);
      },
      cancel: () => end(),
    });
    return new Response(body);
  }
}

function isIn({ metadata }: KubeObject, namespace: string | undefined): boolean {
  return namespace === undefined || metadata.namespace === namespace;
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
