/**
 * The local end of a port-forward: which port it gets, and the connections on it. The choice is the reference tool's:
 * the wished port, the ten after it, 4503 to 4533, any. The port is bound at once and kept, so none is promised twice.
 */

import { ByteSocket } from "../../cluster/stream/byte-socket.ts";
import { Failure } from "../../diag/failure.ts";

export interface LocalListener extends Disposable {
  readonly port: number;
}

interface Held {
  bytes?: ByteSocket;
}

const spread = 10;
const fallback = { first: 4503, last: 4533 } as const;
const privileged = 1024;

/** The ports to try, in order; 0 lets the system choose. `wished` of 0: none. */
export function portsToTry(wished: number): readonly number[] {
  const near = wished === 0 ? [] : range(wished, Math.min(65_535, wished + spread));
  return [...new Set([...near, ...range(fallback.first, fallback.last), 0])];
}

/** What a forward of a Service's port wishes for: never a port that takes rights to bind. */
export function wishOfService(port: number): number {
  return port < privileged ? 0 : port;
}

/** @throws Failure where the address is none of this machine's. */
export function listenLocally(
  address: string,
  wished: number,
  onConnection: (socket: ByteSocket) => void,
): LocalListener {
  for (const port of portsToTry(wished)) {
    try {
      return listenOn(address, port, onConnection);
    } catch (thrown) {
      const { code } = thrown as { code?: string };
      if (code !== "EADDRINUSE" && code !== "EACCES")
        throw new Failure(`cannot listen on ${address}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }
  throw new Failure(`cannot listen on ${address}: every port is taken`);
}

function listenOn(hostname: string, port: number, onConnection: (socket: ByteSocket) => void): LocalListener {
  const server = Bun.listen<Held>({
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
      // A close follows.
      error: () => undefined,
    },
  });
  return { port: server.port, [Symbol.dispose]: () => server.stop(true) };
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
