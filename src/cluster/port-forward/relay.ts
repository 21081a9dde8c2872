/**
 * Copies bytes between a local connection and a tunnel until both are done. Each side is paused while the other is
 * full; a refusal becomes a reset, never an empty answer; the client's end of input is held back while an answer may
 * still come, because the far side cuts the connection a second after it. The pod is chosen elsewhere.
 */
import type { ByteSocket } from "../stream/byte-socket.ts";
import type { Tunnel, TunnelListener } from "./tunnel.ts";

export type RelayEnd =
  /** Either side closed in order. */
  | { readonly kind: "done" }
  /** None of the client's bytes reached the port: they can be sent to another pod. */
  | { readonly kind: "refused"; readonly why: string }
  /** The connection broke, before (`untouched`) or after the port accepted it. */
  | { readonly kind: "lost"; readonly untouched: boolean };

export interface Relay {
  readonly end: Promise<RelayEnd>;
  /** True where the client has its answer and sends nothing, so that a close loses nothing. */
  isIdle(): boolean;
  /** Closes the client's side in order and ends the tunnel. */
  close(): void;
  /**
   * Tells that the pod is being replaced. A node closes the connections of a killed pod without a sign, so from now on
   * the far side's end is passed on as an orderly close only where the client's last bytes were answered, and as a
   * reset otherwise.
   */
  retire(): void;
  /** As `close`, with a reset, so that the client does not take a partial answer for the whole. */
  cut(): void;
}

export interface RelayOptions {
  readonly port: number;
  /** The client's bytes so far, and whether more can come. `Early` returns them if the port refuses. */
  readonly early: Early;
  readonly accepted: () => void;
  readonly holdFinMs?: number;
}

/**
 * The bytes that a client has sent: kept until the port answers or they are too many, so that a refused try can be
 * repeated.
 */
export interface Early {
  readonly bytes: Uint8Array[];
  finished: boolean;
}

/** A side is paused while this many bytes wait for the other, and resumed below the second number. */
const mostWaiting = 1 << 20;
const fewWaiting = mostWaiting / 2;
/** A client that sends more than this waits until the port has accepted; then its bytes are no longer kept. */
const mostEarly = 256 * 1024;
/** A server that sends nothing for this long after the client's last byte probably waits for the end of its input. */
const usualHoldFinMs = 5_000;
/** A client that does not close after the end of the answer is disconnected after this time. */
const lingerMs = 30_000;
const idleMs = 200;

/** Reads from a client that has no tunnel yet, and pauses it after a limit. */
export function gather(local: ByteSocket): Early {
  const early: Early = { bytes: [], finished: false };
  local.listen({
    data(bytes) {
      early.bytes.push(bytes);
      if (sizeOf(early.bytes) > mostEarly) local.pause();
    },
    drained: ignore,
    finished() {
      early.finished = true;
    },
    closed: ignore,
  });
  return early;
}

/** Begins at once. `local` gets its listener here; after a refusal another relay may use it. */
export function relay(local: ByteSocket, tunnel: Tunnel, options: RelayOptions): Relay {
  const { early } = options;
  const holdFinMs = options.holdFinMs ?? usualHoldFinMs;
  const ended = Promise.withResolvers<RelayEnd>();
  let accepted = false;
  /** True while `early` holds everything that the client has sent. */
  let kept = true;
  let over = false;
  let localHeld = false;
  let tunnelHeld = false;
  let lastByte = performance.now();
  /** False from the client's first byte on, which may have come before there was a pod. */
  let answered = early.bytes.length === 0;
  let holding: ReturnType<typeof setTimeout> | undefined;
  let finSent = false;
  let retired = false;

  const finish = (end: RelayEnd) => {
    if (over) return;
    over = true;
    clearTimeout(holding);
    ended.resolve(end);
  };
  const forget = () => {
    kept = false;
    early.bytes.length = 0;
  };
  const holdLocal = (hold: boolean) => {
    if (hold === localHeld) return;
    localHeld = hold;
    if (hold) local.pause();
    else local.resume();
  };
  const holdFin = () => {
    clearTimeout(holding);
    if (!early.finished || !accepted || finSent || over) return;
    holding = setTimeout(() => {
      finSent = true;
      tunnel.finish();
    }, holdFinMs);
  };
  const closeLocal = () => {
    local.end();
    const timer = setTimeout(() => local.terminate(), lingerMs);
    local.listen({ data: ignore, drained: ignore, closed: () => clearTimeout(timer) });
  };
  const cut = () => {
    tunnel.close();
    local.terminate();
    finish({ kind: "lost", untouched: false });
  };
  const balanceLocal = () => {
    const most = localHeld ? fewWaiting : mostWaiting;
    holdLocal(tunnel.backlog > most || (!accepted && sizeOf(early.bytes) > mostEarly));
  };

  local.listen({
    data(bytes) {
      lastByte = performance.now();
      answered = false;
      if (kept) early.bytes.push(bytes);
      if (kept && accepted && sizeOf(early.bytes) > mostEarly) forget();
      tunnel.write(bytes);
      balanceLocal();
    },
    drained() {
      if (!tunnelHeld || local.backlog > fewWaiting) return;
      tunnelHeld = false;
      tunnel.resume();
    },
    finished() {
      early.finished = true;
      holdFin();
    },
    closed() {
      tunnel.close();
      finish({ kind: "done" });
    },
  });

  const far: TunnelListener = {
    accepted() {
      accepted = true;
      if (sizeOf(early.bytes) > mostEarly) forget();
      balanceLocal();
      holdFin();
      options.accepted();
    },
    data(bytes) {
      if (kept) forget();
      lastByte = performance.now();
      answered = true;
      local.write(bytes);
      if (early.finished) holdFin();
      if (local.backlog <= mostWaiting || tunnelHeld) return;
      tunnelHeld = true;
      tunnel.pause();
    },
    drained: balanceLocal,
    ended() {
      if (retired && !answered) return cut();
      closeLocal();
      finish({ kind: "done" });
    },
    refused(why) {
      // A busy node refuses late, after the port seemed to have accepted; no byte has reached the port then either.
      if (!accepted || (kept && /refused/i.test(why))) return finish({ kind: "refused", why });
      local.terminate();
      finish({ kind: "lost", untouched: false });
    },
    lost() {
      if (accepted) local.terminate();
      finish({ kind: "lost", untouched: !accepted && early.bytes.length === 0 });
    },
  };
  if (!local.isClosed) {
    // An earlier refused try may have paused the client.
    local.resume();
    tunnel.connect(options.port, [...early.bytes], far);
    balanceLocal();
  }
  return {
    end: ended.promise,
    isIdle: () => accepted && answered && performance.now() - lastByte > idleMs && tunnel.backlog + local.backlog === 0,
    close() {
      tunnel.close();
      closeLocal();
      finish({ kind: "done" });
    },
    retire() {
      retired = true;
    },
    cut,
  };
}

function sizeOf(all: readonly Uint8Array[]): number {
  return all.reduce((sum, bytes) => sum + bytes.length, 0);
}

function ignore(): void {
  // What a client sends after the end is not read, so its errors do not matter.
}
