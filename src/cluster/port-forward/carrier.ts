/**
 * The connection that carries SPDY: an upgrade to SPDY itself, or a WebSocket that contains it, for gateways that let
 * nothing else through. The cheaper direct one is tried first; the one that works is remembered per connection. An
 * error about a missing pod does not lead to the other one.
 */
import { Failure } from "../../diag/failure.ts";
import type { Cluster } from "../cluster.ts";
import { ApiError, Unreachable } from "../connect/api-error.ts";
import type { SocketListener } from "../stream/byte-socket.ts";
import { upgrade } from "../stream/upgrade.ts";
import { openWebSocket } from "../stream/websocket.ts";

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** A stream of bytes in both directions, with its backlog. */
export interface Carrier {
  readonly backlog: number;
  /** Sends the parts one after the other. The caller may reuse them afterwards. */
  send(...parts: readonly Uint8Array[]): void;
  listen(listener: SocketListener): void;
  pause(): void;
  resume(): void;
  /** Closes once everything is sent. */
  end(): void;
  terminate(): void;
}

export type CarrierKind = "spdy" | "websocket";

const protocol = "portforward.k8s.io";
const tunnelled = `SPDY/3.1+${protocol}`;
const passing = new WeakMap<Cluster, CarrierKind>();

/** @throws ApiError with the server's message where it refuses, Unreachable, the signal's reason */
export async function openCarrier(cluster: Cluster, pod: PodName, signal: AbortSignal): Promise<Carrier> {
  const known = passing.get(cluster);
  if (known) return openers[known](cluster, pod, signal);
  try {
    const carrier = await openers.spdy(cluster, pod, signal);
    passing.set(cluster, "spdy");
    return carrier;
  } catch (thrown) {
    signal.throwIfAborted();
    if (!mayBeTheWay(thrown)) throw thrown;
    const carrier = await openers.websocket(cluster, pod, signal).catch(() => {
      throw thrown;
    });
    passing.set(cluster, "websocket");
    return carrier;
  }
}

const openers: Readonly<
  Record<CarrierKind, (cluster: Cluster, pod: PodName, signal: AbortSignal) => Promise<Carrier>>
> = {
  async spdy(cluster, pod, signal) {
    const { socket } = await upgrade(
      cluster,
      {
        method: "POST",
        path: pathOf(pod),
        action: actionOf(pod),
        headers: { Upgrade: "SPDY/3.1", "X-Stream-Protocol-Version": protocol },
      },
      signal,
    );
    return {
      get backlog() {
        return socket.backlog;
      },
      // One write is one TLS record and one system call, and copying costs less than several of these.
      send: (...parts) => socket.write(Buffer.concat(parts)),
      listen: (listener) => socket.listen(listener),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      end: () => socket.end(),
      terminate: () => socket.terminate(),
    };
  },
  async websocket(cluster, pod, signal) {
    const request = { path: pathOf(pod), protocols: [tunnelled], action: actionOf(pod) };
    const socket = await openWebSocket(cluster, request, signal);
    return {
      get backlog() {
        return socket.backlog;
      },
      send: (...parts) => socket.send(...parts),
      listen: (listener) =>
        socket.listen({
          piece: (bytes) => listener.data(bytes),
          drained: () => listener.drained(),
          closed: () => listener.closed(),
        }),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      end: () => socket.end(),
      terminate: () => socket.terminate(),
    };
  },
};

/** True where a gateway on the way may have refused the upgrade itself. */
function mayBeTheWay(thrown: unknown): boolean {
  if (thrown instanceof Unreachable) return thrown.silence === "reset";
  if (thrown instanceof ApiError) return ![401, 404, 429, 500].includes(thrown.code);
  return thrown instanceof Failure;
}

function pathOf({ namespace, name }: PodName): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/portforward`;
}

function actionOf({ namespace, name }: PodName): string {
  return `cannot forward to pod ${namespace}/${name}`;
}
