/** A plain TCP client for tests: says, waits, and tells how the other side ended. */
import { connect, type Socket } from "node:net";

export interface TcpClient extends Disposable {
  readonly socket: Socket;
  write(bytes: string | Uint8Array): void;
  /** Half close. */
  end(): void;
  /** What came so far. */
  received(): Buffer;
  /** Everything until the other side ended, and how it did. */
  readonly over: Promise<{ readonly bytes: Buffer; readonly how: "ended" | "reset" }>;
}

export function tcpClient(port: number): TcpClient {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const chunks: Buffer[] = [];
  const over = Promise.withResolvers<{ bytes: Buffer; how: "ended" | "reset" }>();
  const finish = (how: "ended" | "reset") => {
    over.resolve({ bytes: Buffer.concat(chunks), how });
    socket.destroy();
  };
  socket.on("data", (data: Buffer) => void chunks.push(data));
  socket.once("end", () => finish("ended"));
  socket.once("error", () => finish("reset"));
  socket.once("close", () => finish("ended"));
  return {
    socket,
    write: (bytes) => void socket.write(bytes),
    end: () => void socket.end(),
    received: () => Buffer.concat(chunks),
    over: over.promise,
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** Sends `bytes` to an echo, reads as much, and says where the two differ first; -1: nowhere. */
export function echoThrough(port: number, bytes: Uint8Array): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let sent = 0;
  let got = 0;
  const push = (socket: { write(data: Uint8Array): number }) => {
    while (sent < bytes.length) {
      const taken = socket.write(bytes.subarray(sent, sent + (1 << 20)));
      if (taken <= 0) return;
      sent += taken;
    }
  };
  Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open: push,
      drain: push,
      data(socket, data) {
        if (data.compare(bytes, got, got + data.length) !== 0) resolve(got);
        got += data.length;
        if (got < bytes.length) return;
        resolve(-1);
        socket.end();
      },
      close: () => reject(new Error(`closed after ${got} of ${bytes.length} bytes`)),
    },
  }).catch(reject);
  return promise;
}
