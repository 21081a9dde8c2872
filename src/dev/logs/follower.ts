/**
 * The logs of a session: finds the containers of its workloads as pods come and go, follows each from its start, and
 * emits their lines. Limits the number of streams and, while muted, of waiting lines, and reports where a limit is
 * reached.
 */
import type { Cluster, KubeObject } from "../../cluster/cluster.ts";
import { followLog } from "../../cluster/logs/pod-logs.ts";
import { type SteadyWatch, steadyWatch } from "../../cluster/watch/steady-watch.ts";
import { diagnosticsOf, isCancelled } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import { type Clock, systemClock } from "../../std/clock.ts";
import { type Followed, type FollowedContainer, followedContainers } from "./followed-pods.ts";
import { PodViews } from "./pod-views.ts";
import { WaitingLines } from "./waiting-lines.ts";

export interface LogOptions {
  readonly cluster: Cluster;
  readonly emit: (event: Event) => void;
  /** Begin of the session, in milliseconds since the epoch: older lines are not shown. */
  readonly since: number;
  readonly clock?: Clock;
  /** Most streams at a time. */
  readonly most?: number;
}

type LogEvent = Event & { readonly type: "log" };

const usualMost = 150;
const mostHeld = 10_000;
/** After this time a stream whose pod is gone has ended by itself, or its connection is broken. */
const lastWordsMs = 10_000;

export class LogFollower implements AsyncDisposable {
  readonly #options: LogOptions;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  readonly #watches = new Map<string, SteadyWatch[]>();
  readonly #views = new PodViews();
  readonly #streams = new Map<string, Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  readonly #owners = new Map<string, readonly string[]>();
  readonly #held = new WaitingLines<LogEvent>(mostHeld);
  #followed: Followed = { workloads: [], images: new Map() };
  #running = 0;
  #muted = false;
  #toldOfLimit = false;
  #toldOfRefusal = false;

  constructor(options: LogOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Sets what is followed. Images stay known for the session, because old pods run them for a while. */
  follow(followed: Followed): void {
    if (this.#over.signal.aborted) return;
    const images = new Map([...this.#followed.images, ...followed.images]);
    this.#followed = { workloads: followed.workloads, images };
    const jobs = followed.workloads.some(({ kind }) => kind === "CronJob");
    for (const { namespace } of followed.workloads) this.#watch(namespace, jobs);
    this.#look();
  }

  /** Lets lines wait from now on. */
  mute(): void {
    this.#muted = true;
  }

  /** Shows the waiting lines, and later ones at once. */
  unmute(): void {
    if (!this.#muted) return;
    this.#muted = false;
    const { lines, dropped } = this.#held.take();
    if (dropped > 0) this.#notice(`${dropped} older log lines were left out while logs were muted`);
    for (const line of lines) this.#options.emit(line);
  }

  /** Ends every stream; no line is emitted afterwards. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    for (const wake of this.#waiting.splice(0)) wake();
    for (const watch of [...this.#watches.values()].flat()) watch[Symbol.dispose]();
    await Promise.allSettled(this.#streams.values());
  }

  #watch(namespace: string, jobs: boolean): void {
    const have = this.#watches.get(namespace) ?? [];
    this.#watches.set(namespace, have);
    const kinds = [
      ["apps/v1", "ReplicaSet"],
      ["v1", "Pod"],
      ["batch/v1", "Job"],
    ] as const;
    for (const [apiVersion, kind] of kinds.slice(have.length, jobs ? 3 : 2))
      have.push(
        steadyWatch(
          this.#options.cluster,
          { apiVersion, kind, namespace },
          { changed: () => this.#look(), refused: (thrown) => this.#warn(thrown) },
        ),
      );
  }

  /** Follows containers that are not followed yet. */
  #look(): void {
    if (this.#over.signal.aborted) return;
    for (const [namespace, [replicaSets, pods, jobs]] of this.#watches) {
      for (const watch of [replicaSets, jobs])
        for (const { metadata } of watch?.objects() ?? [])
          if (metadata.uid && metadata.ownerReferences)
            this.#owners.set(
              metadata.uid,
              metadata.ownerReferences.map(({ uid }) => uid),
            );
      for (const pod of pods?.objects() ?? []) this.#readChanges(pod);
      if (pods?.isListed) this.#views.seen(namespace, pods.objects());
    }
  }

  #readChanges(pod: KubeObject): void {
    for (const container of followedContainers(pod, this.#followed, (uid) => this.#owners.get(uid) ?? [])) {
      const key = `${pod.metadata.uid}/${container.name}`;
      if (this.#streams.has(key)) continue;
      const stream = this.#stream(pod, container).finally(() => this.#streams.delete(key));
      this.#streams.set(key, stream);
    }
  }

  async #stream(pod: KubeObject, container: FollowedContainer): Promise<void> {
    const { name, namespace = "", uid = "" } = pod.metadata;
    const view = this.#views.of(pod);
    const ended = new AbortController();
    const signal = AbortSignal.any([this.#over.signal, ended.signal]);
    let timer: ReturnType<typeof setTimeout> | undefined;
    view.onGone(() => {
      timer = setTimeout(() => ended.abort(), lastWordsMs);
    });
    const head = {
      type: "log",
      artifact: container.artifact,
      pod: name,
      container: container.name,
      namespace,
    } as const;
    const release = await this.#slot();
    try {
      await followLog(
        this.#options.cluster,
        { namespace, pod: name, uid, container: container.name },
        {
          view,
          sinceSeconds: () => (this.#clock.now() - this.#options.since) / 1000 + 1,
          onLine: (line) => this.#emit({ ...head, line }),
          clock: this.#clock,
        },
        signal,
      );
    } catch (thrown) {
      if (!isCancelled(thrown, signal)) this.#warn(thrown);
    } finally {
      clearTimeout(timer);
      release();
    }
  }

  /** Waits until the number of streams is below the limit. */
  async #slot(): Promise<() => void> {
    const most = this.#options.most ?? usualMost;
    if (this.#running >= most) {
      if (!this.#toldOfLimit)
        this.#notice(`more than ${most} containers run: the logs of the others wait until one of these ends`);
      this.#toldOfLimit = true;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    } else this.#running++;
    return () => {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    };
  }

  #emit(event: LogEvent): void {
    if (this.#over.signal.aborted) return;
    if (this.#muted) this.#held.add(event);
    else this.#options.emit(event);
  }

  #notice(text: string): void {
    this.#options.emit({ type: "notice", level: "warning", text });
  }

  /** Shown once per session, because a refusal for one container applies to all. */
  #warn(thrown: unknown): void {
    if (this.#toldOfRefusal) return;
    this.#toldOfRefusal = true;
    for (const diagnostic of diagnosticsOf(thrown))
      this.#options.emit({ type: "diagnostic", diagnostic: { ...diagnostic, severity: "warning" } });
  }
}
