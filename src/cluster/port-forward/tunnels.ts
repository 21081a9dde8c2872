/**
 * Tunnels to one pod, one opened ahead of its use: the way to the API server is then no part of a connection's first
 * byte. Keeps nothing for a pod that nobody connects to any more.
 */
import type { Cluster } from "../cluster.ts";
import { openCarrier, type PodName } from "./carrier.ts";
import { Tunnel } from "./tunnel.ts";

export class Tunnels implements Disposable {
  readonly #cluster: Cluster;
  readonly #pod: PodName;
  readonly #over = new AbortController();
  #spare: Tunnel | undefined;
  #opening = false;

  constructor(cluster: Cluster, pod: PodName) {
    this.#cluster = cluster;
    this.#pod = pod;
  }

  /** A tunnel that nobody uses. @throws ApiError, Unreachable, the signal's reason. */
  async take(signal: AbortSignal): Promise<Tunnel> {
    signal.throwIfAborted();
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare?.isFresh) {
      this.openAhead();
      return spare;
    }
    const tunnel = await this.#open(signal);
    this.openAhead();
    return tunnel;
  }

  /** Opens the spare unless there is one. A failure is no news: the next taker meets it. */
  openAhead(): void {
    if (this.#opening || this.#spare?.isFresh || this.#over.signal.aborted) return;
    this.#opening = true;
    this.#open(this.#over.signal)
      .then(
        (tunnel) => {
          if (this.#over.signal.aborted) return tunnel.close();
          this.#spare = tunnel;
          tunnel.onUnusable(() => {
            if (this.#spare === tunnel) this.#spare = undefined;
          });
        },
        () => undefined,
      )
      .finally(() => {
        this.#opening = false;
      });
  }

  [Symbol.dispose](): void {
    this.#over.abort();
    this.#spare?.close();
    this.#spare = undefined;
  }

  async #open(signal: AbortSignal): Promise<Tunnel> {
    return new Tunnel(await openCarrier(this.#cluster, this.#pod, signal));
  }
}
