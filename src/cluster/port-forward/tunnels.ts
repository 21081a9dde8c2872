/**
 * Tunnels to one pod, some opened before they are needed, so that a connection's first byte does not wait for the API
 * server. One spare tunnel in quiet times; in busy times as many as were recently needed at once, up to a limit.
 */
import type { Cluster } from "../cluster.ts";
import { openCarrier, type PodName } from "./carrier.ts";
import { Tunnel } from "./tunnel.ts";

const mostSpare = 8;
const recentMs = 2_000;
/** Spare tunnels beyond one are closed after this time without connections. */
const quietMs = 20_000;

export class Tunnels implements Disposable {
  readonly #cluster: Cluster;
  readonly #pod: PodName;
  readonly #over = new AbortController();
  readonly #spares: Tunnel[] = [];
  #opening = 0;
  #recent: number[] = [];
  #quiet: ReturnType<typeof setTimeout> | undefined;

  constructor(cluster: Cluster, pod: PodName) {
    this.#cluster = cluster;
    this.#pod = pod;
  }

  /**
   * An unused tunnel.
   * @throws ApiError, Unreachable, the signal's reason
   */
  async take(signal: AbortSignal): Promise<Tunnel> {
    signal.throwIfAborted();
    this.#note();
    const spare = this.#spares.shift();
    const tunnel = spare?.isUnused ? spare : await this.#open(signal);
    this.openAhead();
    return tunnel;
  }

  /** Opens missing spare tunnels. A failure is ignored, because the next `take` meets it too. */
  openAhead(): void {
    const now = performance.now();
    this.#recent = this.#recent.filter((at) => now - at < recentMs);
    const wanted = Math.min(mostSpare, Math.max(1, this.#recent.length));
    while (this.#spares.length + this.#opening < wanted && !this.#over.signal.aborted) void this.#openOne();
  }

  [Symbol.dispose](): void {
    this.#over.abort();
    clearTimeout(this.#quiet);
    for (const spare of this.#spares.splice(0)) spare.close();
  }

  async #openOne(): Promise<void> {
    this.#opening++;
    try {
      const tunnel = await this.#open(this.#over.signal);
      if (this.#over.signal.aborted) return tunnel.close();
      this.#spares.push(tunnel);
      tunnel.onUnusable(() => {
        const at = this.#spares.indexOf(tunnel);
        if (at >= 0) this.#spares.splice(at, 1);
      });
    } catch {
      // The next `take` opens a tunnel itself and throws the reason of a failure.
    } finally {
      this.#opening--;
    }
  }

  #note(): void {
    this.#recent.push(performance.now());
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => {
      for (const spare of this.#spares.splice(1)) spare.close();
    }, quietMs);
  }

  async #open(signal: AbortSignal): Promise<Tunnel> {
    return new Tunnel(await openCarrier(this.#cluster, this.#pod, signal));
  }
}
