/**
 * A connected socket for the code above it: bytes in order, a readable backlog, reading that can be paused, and one
 * notice of its end. Plain and TLS sockets have the same interface. The meaning of the bytes is not known here.
 */
import type { Socket } from "bun";

export interface SocketListener {
  data(bytes: Uint8Array): void;
  /** The backlog has shrunk. */
  drained(): void;
  /**
   * The other side will send nothing more, and may still read. Only where the socket's owner allows half-open sockets.
   */
  finished?(): void;
  /** Either side closed the socket. Called once, after all other events. */
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

  /** Sets the listener, which first gets the bytes that came before. */
  listen(listener: SocketListener): void {
    this.#listener = listener;
    const early = this.#early;
    this.#early = [];
    for (const bytes of early) listener.data(bytes);
    if (this.#finished) listener.finished?.();
    if (this.#closed) listener.closed();
  }

  /** Removes the listener; `bytes` are the first ones for the next listener. */
  unread(bytes: Uint8Array): void {
    this.#listener = undefined;
    if (bytes.length > 0) this.#early.push(bytes);
  }

  /**
   * Always takes the bytes: a caller that must limit its memory checks `backlog`. The array must not be changed
   * afterwards.
   */
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

  /** Closes once all written bytes are sent. */
  end(): void {
    if (this.#closed || this.#ending) return;
    this.#ending = true;
    if (this.#backlog === 0) this.#socket.end();
  }

  /** Closes at once; unsent bytes are lost, and the other side sees a reset. */
  terminate(): void {
    if (this.#closed) return;
    this.#socket.terminate();
    this.onClose();
  }

  /** Called by the owner of the socket's handlers. */
  onData(bytes: Uint8Array): void {
    if (this.#listener) this.#listener.data(bytes);
    else this.#early.push(bytes);
  }

  /** Called by the owner of the socket's handlers. */
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

  /** Called by the owner of the socket's handlers. */
  onFinish(): void {
    this.#finished = true;
    this.#listener?.finished?.();
  }

  /** Called by the owner of the socket's handlers. */
  onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = [];
    this.#backlog = 0;
    this.#listener?.closed();
  }
}
