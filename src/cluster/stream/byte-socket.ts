/**
 * A connected socket as everything above it wants one: bytes in order, a backlog that can be asked for, reading that can
 * be stopped, and one notice of its end. Plain and TLS sockets look the same. Decides nothing about what the bytes mean.
 */
import type { Socket } from "bun";

export interface SocketListener {
  data(bytes: Uint8Array): void;
  /** The backlog has shrunk. */
  drained(): void;
  /** The other side will send nothing more, and may still read. Only where the socket's owner allows half-open sockets. */
  finished?(): void;
  /** The other side closed, or we did. Said once; nothing comes after it. */
  closed(): void;
}

export class ByteSocket {
  readonly #socket: Socket<unknown>;
  #listener: SocketListener | undefined;
  #early: Uint8Array[] = [];
  #waiting: Uint8Array[] = [];
  #backlog = 0;
  #ending = false;
  #finished = false;
  #closed = false;

  constructor(socket: Socket<unknown>) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
  }

  /** Bytes given to `write` that the system has not taken yet. */
  get backlog(): number {
    return this.#backlog;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** From now on `listener` hears what comes, first of all what came before anybody listened. */
  listen(listener: SocketListener): void {
    this.#listener = listener;
    const early = this.#early;
    this.#early = [];
    for (const bytes of early) listener.data(bytes);
    if (this.#finished) listener.finished?.();
    if (this.#closed) listener.closed();
  }

  /** Gives up listening; `bytes` are the first that the next listener hears. */
  unread(bytes: Uint8Array): void {
    this.#listener = undefined;
    if (bytes.length > 0) this.#early.push(bytes);
  }

  /** Takes the bytes in any case: a caller that must not grow looks at `backlog`. The array must not be changed after. */
  write(bytes: Uint8Array): void {
    if (this.#closed || this.#ending || bytes.length === 0) return;
    if (this.#backlog > 0) {
      this.#waiting.push(bytes);
      this.#backlog += bytes.length;
      return;
    }
    const taken = Math.max(0, this.#socket.write(bytes));
    if (taken === bytes.length) return;
    this.#waiting.push(bytes.subarray(taken));
    this.#backlog = bytes.length - taken;
  }

  pause(): void {
    if (!this.#closed) this.#socket.pause();
  }

  resume(): void {
    if (!this.#closed) this.#socket.resume();
  }

  /** Closes once everything written is on its way. */
  end(): void {
    if (this.#closed || this.#ending) return;
    this.#ending = true;
    if (this.#backlog === 0) this.#socket.end();
  }

  /** Closes at once; what is not sent is lost, and the other side sees a reset. */
  terminate(): void {
    if (this.#closed) return;
    this.#socket.terminate();
    this.onClose();
  }

  /** For the owner of the socket's handlers. */
  onData(bytes: Uint8Array): void {
    if (this.#listener) this.#listener.data(bytes);
    else this.#early.push(bytes);
  }

  /** For the owner of the socket's handlers. */
  onDrain(): void {
    while (this.#waiting.length > 0) {
      const bytes = this.#waiting[0] as Uint8Array;
      const taken = Math.max(0, this.#socket.write(bytes));
      this.#backlog -= taken;
      if (taken < bytes.length) {
        this.#waiting[0] = bytes.subarray(taken);
        this.#listener?.drained();
        return;
      }
      this.#waiting.shift();
    }
    if (this.#ending) this.#socket.end();
    else this.#listener?.drained();
  }

  /** For the owner of the socket's handlers. */
  onFinish(): void {
    this.#finished = true;
    this.#listener?.finished?.();
  }

  /** For the owner of the socket's handlers. */
  onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = [];
    this.#backlog = 0;
    this.#listener?.closed();
  }
}
