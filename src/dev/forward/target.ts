/**
 * The present target pod of a port-forward. A pod becomes the target as soon as its port accepts a connection through
 * the forward itself, or when it is ready, as configured; it stays the target until it ends or a newer revision takes
 * over. A replica of the same revision never takes over, because that would gain nothing.
 */

import type { Cluster } from "../../cluster/cluster.ts";
import { ApiError, Unreachable } from "../../cluster/connect/api-error.ts";
import { probePort } from "../../cluster/port-forward/probe.ts";
import { Tunnels } from "../../cluster/port-forward/tunnels.ts";
import { systemClock } from "../../std/clock.ts";
import type { Candidate } from "./pod-source.ts";

export type PortsWait = "accepts" | "ready";

export interface Target {
  readonly pod: Candidate;
  readonly port: number;
  readonly tunnels: Tunnels;
  /** False: no process listens there, although the pod reports that it is ready. */
  readonly accepts: boolean;
}

export interface TargetListener {
  /** Called when the target changed; undefined: there is none until the next call. */
  switched(target: Target | undefined, before: Target | undefined): void;
  /** Called where the cluster forbids forwarding to the pod. */
  refused(thrown: unknown): void;
}

const probeMs = 2_000;
/** Pauses between tries: while the sandbox is made, while the process starts, and when neither seems to come. */
const paceMs = { "no-pod": 40, refuses: 20, silent: 200 } as const;
const eagerMs = 15_000;
const slowMs = 1_000;
const forbiddenMs = 5_000;
/** A pod that has been ready for this long and still refuses will not accept. */
const refusalMs = 3_000;
/** Most pods of one resource that are tried in turn. */
const mostTried = 3;

export class TargetChooser implements Disposable {
  readonly #cluster: Cluster;
  readonly #wait: PortsWait;
  readonly #listener: TargetListener;
  readonly #over = new AbortController();
  readonly #firstSeen = new Map<string, number>();
  readonly #readySince = new Map<string, number>();
  #candidates: readonly Candidate[] = [];
  #current: Target | undefined;
  #wake = Promise.withResolvers<void>();
  #searching = false;
  #toldOfRefusal = false;

  constructor(cluster: Cluster, wait: PortsWait, listener: TargetListener) {
    this.#cluster = cluster;
    this.#wait = wait;
    this.#listener = listener;
  }

  get current(): Target | undefined {
    return this.#current;
  }

  /** Sets the present pods, newest first. */
  update(candidates: readonly Candidate[]): void {
    if (this.#over.signal.aborted) return;
    this.#candidates = candidates;
    const now = systemClock.now();
    for (const { uid, ready } of candidates) {
      if (!this.#firstSeen.has(uid)) this.#firstSeen.set(uid, now);
      if (!ready) this.#readySince.delete(uid);
      else if (!this.#readySince.has(uid)) this.#readySince.set(uid, now);
    }
    for (const uid of this.#firstSeen.keys())
      if (!candidates.some((one) => one.uid === uid)) {
        this.#firstSeen.delete(uid);
        this.#readySince.delete(uid);
      }
    const current = this.#current;
    if (current && !candidates.some(({ uid }) => uid === current.pod.uid)) this.#switch(undefined);
    this.#wake.resolve();
    if (!this.#searching) void this.#search();
  }

  [Symbol.dispose](): void {
    this.#over.abort();
    this.#wake.resolve();
    this.#current?.tunnels[Symbol.dispose]();
    this.#current = undefined;
  }

  /** Pods that would replace the target, best first. */
  #better(): readonly Candidate[] {
    const usable = this.#candidates.filter(({ port, scheduled }) => port !== undefined && scheduled);
    const current = this.#current;
    if (!current?.accepts) return usable.slice(0, mostTried);
    const at = usable.findIndex(({ uid }) => uid === current.pod.uid);
    return usable
      .slice(0, Math.max(0, at))
      .filter(({ revision }) => revision !== current.pod.revision)
      .slice(0, mostTried);
  }

  async #search(): Promise<void> {
    this.#searching = true;
    try {
      for (let tried = this.#better(); tried.length > 0 && !this.#over.signal.aborted; tried = this.#better()) {
        this.#wake = Promise.withResolvers();
        await this.#pause(await this.#tryAll(tried));
      }
    } finally {
      this.#searching = false;
    }
  }

  /** @returns how long to wait before the next round */
  async #tryAll(tried: readonly Candidate[]): Promise<number> {
    let pause = slowMs;
    for (const pod of tried) {
      const found = await this.#try(pod);
      if (this.#over.signal.aborted || found === "accepts") return 0;
      const eager = systemClock.now() - (this.#firstSeen.get(pod.uid) ?? 0) < eagerMs;
      if (eager && found !== "not-yet" && found !== "forbidden") pause = Math.min(pause, paceMs[found]);
      if (found === "forbidden") pause = forbiddenMs;
    }
    return pause;
  }

  async #try(pod: Candidate): Promise<"accepts" | "no-pod" | "refuses" | "silent" | "not-yet" | "forbidden"> {
    const port = pod.port ?? 0;
    if (this.#wait === "ready" && !pod.ready) return "not-yet";
    try {
      const found = await probePort(this.#cluster, pod, port, probeMs, this.#over.signal);
      const still = this.#candidates.find(({ uid }) => uid === pod.uid);
      if (!still) return "silent";
      if (found === "accepts") this.#switch(this.#targetOf(still, port, true));
      else if (found === "refuses" && !this.#current && this.#isReadyForLong(pod.uid))
        this.#switch(this.#targetOf(still, port, false));
      return found;
    } catch (thrown) {
      if (this.#over.signal.aborted || thrown instanceof Unreachable) return "silent";
      if (!(thrown instanceof ApiError)) throw thrown;
      if (!this.#toldOfRefusal) this.#listener.refused(thrown);
      this.#toldOfRefusal = true;
      return "forbidden";
    }
  }

  #isReadyForLong(uid: string): boolean {
    const since = this.#readySince.get(uid);
    return since !== undefined && systemClock.now() - since > refusalMs;
  }

  #targetOf(pod: Candidate, port: number, accepts: boolean): Target {
    return { pod, port, accepts, tunnels: new Tunnels(this.#cluster, pod) };
  }

  #switch(target: Target | undefined): void {
    const before = this.#current;
    this.#current = target;
    if (target?.accepts) target.tunnels.openAhead();
    this.#listener.switched(target, before);
    before?.tunnels[Symbol.dispose]();
  }

  /** A pause that ends early after a change. */
  #pause(ms: number): Promise<void> {
    const timer = Promise.withResolvers<void>();
    const handle = setTimeout(timer.resolve, ms);
    // A change shortens the pause only to the shortest one, so that frequent events do not cause frequent tries.
    const changed = this.#wake.promise.then(() => systemClock.sleep(Math.min(ms, paceMs.refuses)));
    return Promise.race([timer.promise, changed]).finally(() => clearTimeout(handle));
  }
}
