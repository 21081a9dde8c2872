/**
 * Containers that run the newest image with files over it that could not be taken back. A build answers for the wanted
 * files, but where it gives the running image again, nothing restarts these containers. A pod with a controller is
 * deleted, and its successor has the image's files; any other container is tried again until it takes the files. Both
 * are tried until they succeed or the container is gone, so that no container keeps other files.
 */
import type { Cluster } from "../../cluster/cluster.ts";
import { deleteObject } from "../../cluster/objects/objects.ts";
import { diagnosticsOf } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import type { Clock } from "../../std/clock.ts";
import type { RunningContainer } from "./containers.ts";

export interface BehindOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly emit: (event: Event) => void;
  /** The signal of the session. */
  readonly signal: AbortSignal;
}

const shortestPauseMs = 1_000;
const longestPauseMs = 30_000;

export class Behind {
  readonly #options: BehindOptions;
  /** Containers by the ids of their starts. */
  readonly #followed = new Set<string>();
  readonly #told = new Set<string>();

  constructor(options: BehindOptions) {
    this.#options = options;
  }

  /**
   * Handles a container in the background.
   * @param again tries to bring it up to date
   * @returns whether nothing is left to be done: it is up to date, it is gone, or its artifact is built
   */
  follow(container: RunningContainer, again: (signal: AbortSignal) => Promise<boolean>): void {
    const { id } = container;
    if (this.#followed.has(id)) return;
    this.#followed.add(id);
    const followed = this.#follow(container, again).catch(() => undefined);
    void followed.then(() => this.#followed.delete(id));
  }

  async #follow(container: RunningContainer, again: (signal: AbortSignal) => Promise<boolean>): Promise<void> {
    const { clock, signal } = this.#options;
    const { controlled } = container.pod;
    this.#tell(container, controlled ? "it is replaced" : "delete it to start it anew");
    for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      if (controlled && (await this.#replaced(container))) return;
      await clock.sleep(pauseMs, signal);
      if (await again(signal)) return;
    }
  }

  async #replaced(container: RunningContainer): Promise<boolean> {
    const { cluster, signal } = this.#options;
    const { target, pod } = container;
    const ref = { apiVersion: "v1", kind: "Pod", namespace: target.namespace, name: target.pod };
    try {
      await deleteObject(cluster, ref, { uid: pod.uid }, signal);
      return true;
    } catch (thrown) {
      signal.throwIfAborted();
      const [why] = diagnosticsOf(thrown);
      this.#tell(container, `it cannot be replaced now: ${why?.message}`);
      return false;
    }
  }

  /** Reports each message once. */
  #tell({ id, target }: RunningContainer, what: string): void {
    if (this.#told.has(`${id} ${what}`)) return;
    this.#told.add(`${id} ${what}`);
    const text = `pod ${target.namespace}/${target.pod} holds synced files that cannot be brought up to date; ${what}`;
    this.#options.emit({ type: "notice", level: "warning", text });
  }
}
