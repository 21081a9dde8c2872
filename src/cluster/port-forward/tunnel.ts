/**
 * One connection to one port of a pod, on a socket of its own, because streams on a shared socket block each other, and
 * a refused one can block the rest. A tunnel may be opened before its port is known.
 * Events report the pod's side: accepted, bytes, end, refusal, or a broken connection. The protocol has no message for
 * an accepted connection: it is assumed at the pod's first byte, or after a short silence behind an answered ping,
 * because a refusal usually comes soon. On a busy node it may come later, so only the first byte is a proof. There is
 * no half close: the runtime ends both directions within a second.
 */
import type { Carrier } from "./carrier.ts";
import { dataFrames, finish, headerBlocks, ping, resetStream, spdyReader, synStream } from "./spdy.ts";

export interface TunnelListener {
  /** The port seems to have accepted the connection. Always before the first byte; a refusal may still follow. */
  accepted(): void;
  data(bytes: Uint8Array): void;
  /** The backlog has shrunk. */
  drained(): void;
  /** The pod closed its side, and all of its bytes were reported. Final. */
  ended(): void;
  /** The pod's runtime could not connect, or lost its connection; `why` is its message. Final. */
  refused(why: string): void;
  /** The pod reset its side, or the connection broke. Final. */
  lost(): void;
}

const stream = { error: 1, data: 3 } as const;
const pingMs = 10_000;
/** Pings are not answered while the other side does not read, because the answers would fill the memory. */
const mostUnanswered = 1 << 20;
/** An unused tunnel that does not answer for this long is broken: the machine slept, or the network changed. */
const silentMs = 5_000;
/**
 * Time from an answered ping to a refusal, as the runtime connects on its own loopback. Longer where pings take long,
 * too.
 */
const acceptMs = 60;
const mostAcceptMs = 1_000;
/** Time from the end of the pod's bytes to the message about it. */
const wordsMs = 2_000;
const mostWords = 4_096;

export class Tunnel {
  readonly #carrier: Carrier;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #pinging: ReturnType<typeof setInterval>;
  #listener: TunnelListener | undefined;
  #pings = 0;
  #pingedAt = 0;
  #unanswered = false;
  #accepted = false;
  #words = "";
  #dataEnded = false;
  #wordsEnded = false;
  #over = false;
  #onUnusable: () => void = () => undefined;

  constructor(carrier: Carrier) {
    this.#carrier = carrier;
    const read = spdyReader({
      data: (id, bytes, final) => this.#data(id, bytes, final),
      // The runtime resets the error stream instead of ending it where the server in the pod reset its connection.
      reset: () => this.#end("lost"),
      ping: (id) => this.#pinged(id),
      goAway: () => {
        // A tunnel without a port is closed, because the server accepts no new streams; one in use may end by itself.
        if (!this.#listener) this.close();
      },
    });
    this.#pinging = setInterval(() => this.#ping(), pingMs);
    carrier.listen({
      data: (bytes) => {
        if (!read(bytes)) carrier.terminate();
      },
      drained: () => this.#listener?.drained(),
      closed: () => this.#end("lost"),
    });
  }

  /** True until a port is chosen or the connection breaks. */
  get isUnused(): boolean {
    return !this.#over && !this.#listener;
  }

  /** Written bytes that are not sent yet. */
  get backlog(): number {
    return this.#carrier.backlog;
  }

  /** Called when an unused tunnel becomes unusable. */
  onUnusable(listener: () => void): void {
    this.#onUnusable = listener;
  }

  /** Connects to the port; `first` is sent together with the request. Called once. */
  connect(port: number, first: readonly Uint8Array[], listener: TunnelListener): void {
    this.#listener = listener;
    if (this.#over) return listener.lost();
    const block = headerBlocks();
    const headers = (streamtype: string) => ({ streamtype, port: String(port), requestid: "0" });
    const parts: Uint8Array[] = [
      synStream(stream.error, block(headers("error")), true),
      synStream(stream.data, block(headers("data")), false),
    ];
    for (const bytes of first) parts.push(...dataFrames(stream.data, bytes));
    this.#carrier.send(...parts);
    this.#ping();
  }

  write(bytes: Uint8Array): void {
    if (!this.#over) this.#carrier.send(...dataFrames(stream.data, bytes));
  }

  /** Ends the sending direction. The pod's side is cut within a second, so its answer must have come already. */
  finish(): void {
    if (!this.#over) this.#carrier.send(finish(stream.data));
  }

  /** Stops reading from the pod until `resume`. */
  pause(): void {
    this.#carrier.pause();
  }

  resume(): void {
    this.#carrier.resume();
  }

  /** Ends the pod's side at once. The listener gets no further event. */
  close(): void {
    if (this.#over) return;
    const used = this.#listener !== undefined;
    this.#stop();
    if (!used) {
      this.#carrier.end();
      this.#onUnusable();
      return;
    }
    this.#carrier.send(finish(stream.data), resetStream(stream.data));
    this.#carrier.end();
  }

  #data(id: number, bytes: Uint8Array, final: boolean): void {
    if (this.#over || !this.#listener) return;
    if (id === stream.error) {
      if (this.#words.length < mostWords) this.#words += Buffer.from(bytes).toString("utf8");
      this.#wordsEnded ||= final;
      if (final && (this.#words !== "" || this.#dataEnded)) this.#end("ended");
      return;
    }
    if (bytes.length > 0) {
      this.#accept();
      this.#listener.data(bytes);
    }
    if (!final) return;
    this.#dataEnded = true;
    // The message of a refusal comes shortly after the end of the bytes.
    if (this.#wordsEnded) this.#end("ended");
    else this.#later(wordsMs, () => this.#end("ended"));
  }

  #pinged(id: number): void {
    if (id % 2 === 0) {
      if (this.#carrier.backlog < mostUnanswered) this.#carrier.send(ping(id));
      return;
    }
    this.#unanswered = false;
    if (!this.#listener || this.#accepted) return;
    const waitMs = Math.min(mostAcceptMs, Math.max(acceptMs, 2 * (performance.now() - this.#pingedAt)));
    // Events that arrived while this process was busy are handled first.
    this.#later(waitMs, () => void setImmediate(() => this.#accept()));
  }

  #ping(): void {
    if (this.#unanswered && !this.#listener) return;
    this.#pingedAt = performance.now();
    this.#carrier.send(ping(2 * this.#pings++ + 1));
    if (this.#listener) return;
    this.#unanswered = true;
    this.#later(silentMs, () => {
      if (this.#unanswered && !this.#listener) this.#carrier.terminate();
    });
  }

  #accept(): void {
    if (this.#accepted || this.#over || this.#words !== "" || this.#dataEnded) return;
    this.#accepted = true;
    this.#listener?.accepted();
  }

  #end(how: "ended" | "lost"): void {
    if (this.#over) return;
    this.#stop();
    if (how === "ended") this.#carrier.end();
    else this.#carrier.terminate();
    if (!this.#listener) return this.#onUnusable();
    if (this.#words !== "") return this.#listener.refused(this.#words.trim());
    if (how === "lost") return this.#listener.lost();
    if (!this.#accepted) this.#listener.accepted();
    this.#listener.ended();
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  #stop(): void {
    this.#over = true;
    clearInterval(this.#pinging);
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
