/**
 * The port-forwards of a session. The wanted ones may change with every deploy: those that stay keep their listener and
 * their connections. An entry that cannot be forwarded is a warning and never ends the session.
 */
import type { Cluster } from "../../cluster/cluster.ts";
import { type SteadyWatch, steadyWatch } from "../../cluster/watch/steady-watch.ts";
import { diagnosticsOf } from "../../diag/failure.ts";
import { type Forward, type ForwardOptions, openForward, wishOf } from "./forward.ts";
import { PortTaken, wishOfService } from "./listener.ts";
import { type ForwardEntry, servicePorts } from "./resource.ts";

export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

export interface WantedForwards {
  /** Entries of the configuration (`user` mode). */
  readonly entries: readonly ForwardEntry[];
  /** Every TCP port of these Services (`services` mode). */
  readonly services?: readonly ServiceName[];
  /** The local address for Services. Default: `127.0.0.1`. */
  readonly address?: string;
}

export class Forwards implements Disposable {
  readonly #options: ForwardOptions;
  readonly #open = new Map<string, Forward>();
  readonly #failed = new Set<string>();
  readonly #watches = new Map<string, SteadyWatch>();
  /** Namespaces whose Services may not be listed. */
  readonly #refused = new Set<string>();
  #wanted: WantedForwards = { entries: [] };
  #over = false;

  constructor(options: ForwardOptions) {
    this.#options = options;
  }

  /** The forwards that listen now. */
  get open(): readonly Forward[] {
    return [...this.#open.values()];
  }

  /** Sets the wanted forwards; ports of Services follow the Services' own specs. */
  set(wanted: WantedForwards): void {
    if (this.#over) return;
    this.#wanted = wanted;
    const namespaces = new Set(wanted.services?.map(({ namespace }) => namespace));
    for (const [namespace, watch] of this.#watches)
      if (!namespaces.has(namespace)) {
        watch[Symbol.dispose]();
        this.#watches.delete(namespace);
      }
    for (const namespace of namespaces) this.#watchServices(this.#options.cluster, namespace);
    this.#settle();
  }

  [Symbol.dispose](): void {
    this.#over = true;
    for (const watch of this.#watches.values()) watch[Symbol.dispose]();
    for (const forward of this.#open.values()) forward[Symbol.dispose]();
    this.#open.clear();
  }

  #watchServices(cluster: Cluster, namespace: string): void {
    if (this.#watches.has(namespace)) return;
    const watch = steadyWatch(
      cluster,
      { apiVersion: "v1", kind: "Service", namespace },
      {
        changed: () => this.#settle(),
        refused: (thrown) => {
          this.#warn(thrown);
          this.#refused.add(namespace);
          this.#settle();
        },
      },
    );
    this.#watches.set(namespace, watch);
  }

  #settle(): void {
    if (this.#over) return;
    const wanted = new Map<string, ForwardEntry>();
    for (const entry of [...this.#wanted.entries, ...this.#ofServices()]) {
      const key = keyOf(entry);
      if (!wanted.has(key)) wanted.set(key, entry);
    }
    for (const [key, forward] of this.#open)
      if (!wanted.has(key)) {
        forward[Symbol.dispose]();
        this.#open.delete(key);
      }
    for (const key of this.#failed) if (!wanted.has(key)) this.#failed.delete(key);
    const wishes = [...wanted.values()].map(wishOf);
    // A configured local port goes to the entry that it was configured for.
    const written = ({ localPort }: ForwardEntry) => (localPort === undefined ? 1 : 0);
    for (const [key, entry] of [...wanted].sort(([, a], [, b]) => written(a) - written(b))) {
      if (this.#open.has(key) || this.#failed.has(key)) continue;
      try {
        const choice = { others: new Set(wishes), exact: this.#waitsForServices };
        this.#open.set(key, openForward(entry, this.#options, choice));
      } catch (thrown) {
        if (thrown instanceof PortTaken) continue;
        this.#failed.add(key);
        this.#warn(thrown);
      }
    }
  }

  /** Ports of Services are wishes, too: until they are known, no other entry takes a port that it did not wish for. */
  get #waitsForServices(): boolean {
    return [...this.#watches].some(([namespace, { isListed }]) => !isListed && !this.#refused.has(namespace));
  }

  /** A Service that was not read yet keeps its entries, so that a gap in a watch closes no listener. */
  #ofServices(): readonly ForwardEntry[] {
    const address = this.#wanted.address ?? "127.0.0.1";
    return (this.#wanted.services ?? []).flatMap(({ namespace, name }) => {
      const service = this.#watches.get(namespace)?.get(name, namespace);
      const same = ({ entry }: Forward) =>
        entry.resourceType === "service" && entry.namespace === namespace && entry.resourceName === name;
      if (!service) return this.open.filter(same).map(({ entry }) => entry);
      const user = this.#wanted.entries.filter(
        (e) => e.resourceType.toLowerCase() === "service" && e.namespace === namespace && e.resourceName === name,
      );
      return servicePorts(service)
        .filter((port) => !user.some((e) => String(e.port) === String(port.port) || e.port === port.name))
        .map((port) => ({
          resourceType: "service",
          resourceName: name,
          namespace,
          port: port.port,
          address,
          localPort: wishOfService(port.port),
        }));
    });
  }

  #warn(thrown: unknown): void {
    for (const diagnostic of diagnosticsOf(thrown))
      this.#options.emit({ type: "diagnostic", diagnostic: { ...diagnostic, severity: "warning" } });
  }
}

function keyOf(entry: ForwardEntry): string {
  const { resourceType, resourceName, namespace, port, address, localPort } = entry;
  return JSON.stringify([resourceType.toLowerCase(), resourceName, namespace, port, address, localPort ?? null]);
}
