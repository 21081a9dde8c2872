/**
 * One port-forward: a local listener for its whole lifetime, and the present target pod. A connection keeps the pod
 * that it began with: when another pod takes over, idle connections are closed so that clients reconnect to the new
 * pod, busy ones run until they are idle or their pod is gone.
 */
import type { Cluster } from "../../cluster/cluster.ts";
import type { Relay } from "../../cluster/port-forward/relay.ts";
import { diagnosticsOf, Failure } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import { serve } from "./connection.ts";
import { type LocalListener, listenLocally, type PortChoice } from "./listener.ts";
import { podSource } from "./pod-source.ts";
import { portHolder } from "./port-holder.ts";
import { type ForwardEntry, resourceKind } from "./resource.ts";
import { type PortsWait, type Target, TargetChooser } from "./target.ts";

export interface ForwardOptions {
  readonly cluster: Cluster;
  readonly emit: (event: Event) => void;
  /**
   * `accepts`, the default: a new pod takes over as soon as its port accepts connections. `ready`: when the cluster
   * reports it as ready.
   */
  readonly portsWait?: PortsWait;
}

export interface Forward extends Disposable {
  readonly entry: ForwardEntry;
  readonly localPort: number;
}

const retireMs = 100;
/** A shorter gap is not reported. */
const waitingMs = 300;

/**
 * Listens at once; pods may come later.
 * @throws Failure for an unknown type or an address that is not this machine's, PortTaken
 */
export function openForward(
  entry: ForwardEntry,
  options: ForwardOptions,
  choice: Omit<PortChoice, "wished"> = {},
): Forward {
  const { cluster, emit } = options;
  const kind = resourceKind(entry.resourceType);
  if (!kind) throw new Failure(`cannot forward a port of a ${entry.resourceType}`);
  const over = new AbortController();
  const listener = listenLocally(entry.address, { ...choice, wished: wishOf(entry) }, (socket) => {
    serve(socket, way, over.signal).catch(warn);
  });
  const running = new Map<Target, Set<Relay>>();
  const retiring = new Map<Target, ReturnType<typeof setInterval>>();
  let next = Promise.withResolvers<Target>();
  let waiting: ReturnType<typeof setTimeout> | undefined;

  const tell = (status: "listening" | "switched" | "waiting" | "closed", pod?: string) =>
    emit({
      type: "forward",
      resource: `${entry.resourceType.toLowerCase()}/${entry.resourceName}`,
      namespace: entry.namespace,
      port: entry.port,
      address: entry.address,
      localPort: listener.port,
      status,
      ...(pod === undefined ? {} : { pod }),
    });
  const tellWaiting = () => {
    waiting ??= setTimeout(() => tell("waiting"), waitingMs);
  };
  const warn = (thrown: unknown) => {
    for (const diagnostic of diagnosticsOf(thrown))
      emit({ type: "diagnostic", diagnostic: { ...diagnostic, severity: "warning" } });
  };

  const retire = (target: Target) => {
    if (!running.has(target)) return;
    const look = () => {
      const gone = source.isGone(target.pod.uid);
      for (const relay of running.get(target) ?? []) {
        relay.retire();
        if (gone) relay.cut();
        else if (relay.isIdle()) relay.close();
      }
      if (running.has(target)) return;
      clearInterval(retiring.get(target));
      retiring.delete(target);
    };
    retiring.set(target, setInterval(look, retireMs));
    look();
  };
  const chooser = new TargetChooser(cluster, options.portsWait ?? "accepts", {
    switched(target, before) {
      if (before) retire(before);
      if (!target) return tellWaiting();
      clearTimeout(waiting);
      waiting = undefined;
      tell("switched", target.pod.name);
      if (!target.accepts)
        emit({
          type: "notice",
          level: "warning",
          text: `nothing listens on port ${target.port} of pod ${target.pod.name}, which says that it is ready`,
        });
      next.resolve(target);
      next = Promise.withResolvers();
    },
    refused: warn,
  });
  const way = {
    async target(withinMs: number, signal: AbortSignal): Promise<Target | undefined> {
      if (chooser.current) return chooser.current;
      tellWaiting();
      return within(next.promise, withinMs, signal);
    },
    running(target: Target, relay: Relay) {
      const all = running.get(target) ?? new Set();
      running.set(target, all.add(relay));
      void relay.end.then(() => {
        all.delete(relay);
        if (all.size === 0) running.delete(target);
      });
      // The target may have been replaced while the tunnel was opened.
      if (chooser.current !== target && !retiring.has(target)) retire(target);
    },
  };

  tell("listening");
  noteMoved(entry, listener, emit);
  let toldOfName = false;
  const look = () => {
    const candidates = source.candidates();
    const [newest] = candidates;
    if (newest && !toldOfName && candidates.every(({ port }) => port === undefined)) {
      toldOfName = true;
      const text = `pod ${newest.name} has no port named "${entry.port}": ${entry.resourceType}/${entry.resourceName} cannot be forwarded`;
      emit({ type: "notice", level: "warning", text });
    }
    chooser.update(candidates);
  };
  const source = podSource(cluster, kind, entry, look, warn);

  return {
    entry,
    localPort: listener.port,
    [Symbol.dispose]() {
      if (over.signal.aborted) return;
      over.abort();
      clearTimeout(waiting);
      listener[Symbol.dispose]();
      for (const all of [...running.values()]) for (const relay of all) relay.cut();
      for (const timer of retiring.values()) clearInterval(timer);
      chooser[Symbol.dispose]();
      source[Symbol.dispose]();
      tell("closed");
    },
  };
}

/** The wished local port; 0: none. */
export function wishOf({ localPort, port }: ForwardEntry): number {
  return localPort ?? (typeof port === "number" ? port : 0);
}

/** Reports which process has the wished port. */
function noteMoved(entry: ForwardEntry, listener: LocalListener, emit: ForwardOptions["emit"]): void {
  const wished = wishOf(entry);
  if (wished === 0 || wished === listener.port) return;
  void portHolder(wished).then((holder) => {
    const who = holder ? `is taken by ${holder}` : "cannot be used";
    const text = `local port ${wished} ${who}: ${entry.resourceType}/${entry.resourceName} is forwarded from ${listener.port}`;
    emit({ type: "notice", level: "warning", text });
  });
}

/**
 * The result of the promise within the time, else undefined.
 * @throws the signal's reason
 */
function within<T>(promise: Promise<T>, ms: number, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => done(() => resolve(undefined)), Math.max(0, ms));
    const onAbort = () => done(() => reject(signal.reason));
    const done = (act: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      act();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then((value) => done(() => resolve(value)), reject);
  });
}
