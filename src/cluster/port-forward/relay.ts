/**
 * Passes bytes between a local connection and a tunnel until both are done: each side is stopped while the other does
 * not take more, a refusal becomes a reset and never an empty answer, and the client's end of input is held back while
 * an answer may still come, because the far side cuts everything a second after it. Chooses no pod.
 */
import type { ByteSocket } from "../stream/byte-socket.ts";
import type { Tunnel, TunnelListener } from "./tunnel.ts";

export type RelayEnd =
  /** Either side closed in order. */
  | { readonly kind: "done" }
  /** Nothing of the client's bytes reached the port: they can be sent to another. */
  | { readonly kind: "refused"; readonly why: string }
  /** The way broke, before (`untouched`) or after the port had the connection. */
  | { readonly kind: "lost"; readonly untouched: boolean };

export interface Relay {
  readonly end: Promise<RelayEnd>;
  /** The client has its answer and says nothing: nobody loses anything by a close. */
  isIdle(): boolean;
  /** Closes the client's side in order and lets go of the pod. */
  close(): void;
  /**
   * The pod is being replaced. A node closes the connections of a pod that it kills without a word, so from here on the
   * far side's end is passed on in order only where the client's last bytes have been answered, and is a reset otherwise.
   */
  retire(): void;
  /** As `close`, with a reset: the client must not take what it has for the whole answer. */
  cut(): void;
}

export interface RelayOptions {
  readonly port: number;
  /** The client's bytes so far, and whether more can come. They are given back by `Early` if the port refuses. */
  readonly early: Early;
  readonly accepted: () => void;
  readonly holdFinMs?: number;
}

/** What a client has sent: kept until the port answers or it grows too long, so that a refused try can be repeated. */
export interface Early {
  readonly bytes: Uint8Array[];
  finished: boolean;
}

/** A side is stopped while this much waits for the other, and goes on when less than the second does. */
const mostWaiting = 1 << 20;
const fewWaiting = mostWaiting / 2;
/** More than this from a client, and it waits until the port has accepted; then no more of it is kept. */
const mostEarly = 256 * 1024;
/** A server that says nothing for so long after the client's last byte waits for the end of its input. */
const usualHoldFinMs = 5_000;
/** A client that was told the end and does not close is let go after this. */
const lingerMs = 30_000;
const idleMs = 200;

/** Listens to a client that has no tunnel yet. It is stopped once it has said a good deal. */
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

/** Begins at once. `local` gets its listener here; on a refusal it is free for another relay. */
export function relay(local: ByteSocket, tunnel: Tunnel, options: RelayOptions): Relay {
  const { early } = options;
  const holdFinMs = options.holdFinMs ?? usualHoldFinMs;
  const ended = Promise.withResolvers<RelayEnd>();
  let accepted = false;
  /** All that the client has said is in `early`. */
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
      // A busy node refuses late, when the port seemed to have accepted: nobody has had a byte of it either.
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
    // A refused try before this one may have stopped it.
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
  // Nobody is there whom it concerns: what a client says after the end is not read.
}
