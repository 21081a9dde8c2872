/**
 * The local end of a port-forward: its port, and the connections on it. The port is chosen as in the reference tool:
 * the wished port, the ten after it, 4503 to 4533, any; but never a port that another forward wishes for. The port is
 * bound at once and kept, so no port is given twice.
 */

import { ByteSocket } from "../../cluster/stream/byte-socket.ts";
import { Failure } from "../../diag/failure.ts";

export interface LocalListener extends Disposable {
  readonly port: number;
}

interface ContainerFiles {
  bytes?: ByteSocket;
}

const spread = 10;
const fallback = { first: 4503, last: 4533 } as const;
const privileged = 1024;

const none: ReadonlySet<number> = new Set();

/** The conditions for choosing a port. */
export interface PortChoice {
  /** 0: none. */
  readonly wished: number;
  /** Ports that other forwards wish for. */
  readonly others?: ReadonlySet<number>;
  /** Only the wished port is tried, because the wishes of others are not known yet. */
  readonly exact?: boolean;
}

/** The ports to try, in order; 0 lets the system choose. */
export function portsToTry({ wished, others = none, exact = false }: PortChoice): readonly number[] {
  if (exact) return wished === 0 ? [] : [wished];
  const near = wished === 0 ? [] : range(wished, Math.min(65_535, wished + spread));
  const all = [...new Set([...near, ...range(fallback.first, fallback.last), 0])];
  return all.filter((port) => port === wished || !others.has(port));
}

/** The wish of a forward of a Service's port: never a port that needs privileges to bind. */
export function wishOfService(port: number): number {
  return port < privileged ? 0 : port;
}

/** Only the wished port was allowed, and another process has it. */
export class PortTaken extends Failure {}

/** @throws Failure where the address is none of this machine's, PortTaken */
export function listenLocally(
  address: string,
  choice: PortChoice,
  onConnection: (socket: ByteSocket) => void,
): LocalListener {
  for (const port of portsToTry(choice)) {
    try {
      return port === 0 ? listenAnywhere(address, choice, onConnection) : listenOn(address, port, onConnection);
    } catch (thrown) {
      const { code } = thrown as { code?: string };
      if (code !== "EADDRINUSE" && code !== "EACCES")
        throw new Failure(`cannot listen on ${address}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }
  if (choice.exact) throw new PortTaken(`cannot listen on port ${choice.wished} of ${address}: it is taken`);
  throw new Failure(`cannot listen on ${address}: every port is taken`);
}

/** Listens on a port that the system chooses, and that no other forward wishes for. */
function listenAnywhere(
  address: string,
  { others = none }: PortChoice,
  onConnection: (socket: ByteSocket) => void,
): LocalListener {
  using unwanted = new DisposableStack();
  for (;;) {
    const listener = listenOn(address, 0, onConnection);
    if (!others.has(listener.port)) return listener;
    // Kept open until another port is found, or the system would choose it again.
    unwanted.use(listener);
  }
}

function listenOn(hostname: string, port: number, onConnection: (socket: ByteSocket) => void): LocalListener {
  const server = Bun.listen<ContainerFiles>({
    hostname,
    port,
    exclusive: true,
    allowHalfOpen: true,
    data: {},
    socket: {
      open(socket) {
        const bytes = new ByteSocket(socket);
        socket.data = { bytes };
        onConnection(bytes);
      },
      data: (socket, data) => socket.data.bytes?.onData(data),
      drain: (socket) => socket.data.bytes?.onDrain(),
      end: (socket) => socket.data.bytes?.onFinish(),
      close: (socket) => socket.data.bytes?.onClose(),
      // A close event follows.
      error: () => undefined,
    },
  });
  return { port: server.port, [Symbol.dispose]: () => server.stop(true) };
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
