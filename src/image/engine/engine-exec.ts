/**
 * A command inside a container over one hijacked connection: input with back-pressure and half-close, output as the
 * engine's frames (8 bytes of stream number and big-endian length, then data), exit code by inspection.
 * The connection is a raw socket because the engine answers `101` and leaves HTTP. Ending it ends the command's input,
 * not the command, so commands must end when their input does.
 */
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { Failure } from "../../diag/failure.ts";
import { type FrameHandler, frameReader } from "../node/frame.ts";
import type { EngineEndpoint } from "./endpoint.ts";
import {
  call,
  type Engine,
  engineTrust,
  refusalText,
  refused,
  shortMs,
  silentEngine,
  unreachableEngine,
} from "./engine.ts";

export interface ExecStream extends AsyncDisposable {
  /**
   * Resolves when the data is on its way and the connection takes more.
   * @throws Failure once the stream is closed
   */
  write(data: Uint8Array | string): Promise<void>;
  /** Half-close: the command sees the end of its input; output continues. */
  endInput(): void;
  /** Resolves when the connection is closed for any reason. Never rejects. */
  readonly closed: Promise<void>;
  /** The exit code; undefined while the command still runs. */
  exitCode(signal: AbortSignal): Promise<number | undefined>;
}

/**
 * Starts `argv` in `container` and attaches to it. `onOutput` is called for every frame. The signal cancels only the
 * start; disposing ends a running stream.
 * @throws Failure where the container does not run or the engine refuses
 */
export async function openExec(
  engine: Engine,
  container: string,
  argv: readonly string[],
  onOutput: FrameHandler,
  signal: AbortSignal,
): Promise<ExecStream> {
  const doing = `run ${argv[0]} in ${container}`;
  const json = { Cmd: argv, AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: false };
  const path = `/containers/${container}/exec`;
  const { Id: id } = await call<{ Id: string }>(engine, path, { method: "POST", json }, doing, signal);
  const tooLate = new AbortController();
  const timer = setTimeout(() => tooLate.abort(), shortMs);
  const either = AbortSignal.any([signal, tooLate.signal]);
  let socket: Socket | undefined;
  try {
    socket = await connect(engine.endpoint, either);
    const early = await upgrade(socket, `/exec/${id}/start`, { Detach: false, Tty: false }, doing, engine, either);
    return attach(socket, early, onOutput, engine, id);
  } catch (thrown) {
    socket?.destroy();
    signal.throwIfAborted();
    throw tooLate.signal.aborted
      ? silentEngine(engine.endpoint, `did not begin to ${doing} within ${shortMs / 1000} s`)
      : thrown;
  } finally {
    clearTimeout(timer);
  }
}

function attach(socket: Socket, early: Buffer, onOutput: FrameHandler, engine: Engine, id: string): ExecStream {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const read = frameReader(onOutput);
  socket.on("data", read);
  socket.on("error", () => socket.destroy());
  socket.once("close", () => resolve());
  // The command has ended: no output follows, and without a close the half-open socket would stay forever.
  socket.once("end", () => socket.end());
  if (early.length > 0) read(early);
  socket.resume();
  return {
    closed,
    async write(data) {
      if (socket.destroyed || socket.writableEnded) throw closedStream();
      if (socket.write(data)) return;
      await new Promise<void>((taken, failed) => {
        const onDrain = () => {
          socket.off("close", onClose);
          taken();
        };
        const onClose = () => {
          socket.off("drain", onDrain);
          failed(closedStream());
        };
        socket.once("drain", onDrain);
        socket.once("close", onClose);
      });
    },
    endInput: () => void socket.end(),
    async exitCode(signal) {
      type Raw = { Running: boolean; ExitCode: number | null };
      const state = await call<Raw>(engine, `/exec/${id}/json`, {}, "tell how a command ended", signal);
      return state.Running ? undefined : (state.ExitCode ?? undefined);
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await closed;
    },
  };
}

/** Limit for the head of an answer. */
const mostHead = 64 << 10;

function closedStream(): Failure {
  return new Failure("the connection to a command in a container was closed");
}

async function connect(endpoint: EngineEndpoint, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const socket = open(endpoint);
  const event = endpoint.kind === "tcp" && endpoint.tls ? "secureConnect" : "connect";
  await until(socket, event, signal).catch((cause: unknown) => {
    socket.destroy();
    throw signal.aborted ? signal.reason : unreachableEngine(endpoint, cause);
  });
  return socket;
}

function open(endpoint: EngineEndpoint): Socket {
  if (endpoint.kind === "unix") return connectPlain({ path: endpoint.path, allowHalfOpen: true });
  const { host, port, tls } = endpoint;
  if (!tls) return connectPlain({ host, port, allowHalfOpen: true });
  return connectTls({ host, port, ...engineTrust(tls) });
}

function until(socket: Socket, event: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("error", reject);
    socket.once(event, () => {
      signal.removeEventListener("abort", onAbort);
      socket.off("error", reject);
      resolve();
    });
  });
}

/**
 * Sends the request and reads the head of the answer.
 * @returns the bytes after the head, the first of the stream
 */
async function upgrade(
  socket: Socket,
  path: string,
  json: object,
  doing: string,
  engine: Engine,
  signal: AbortSignal,
): Promise<Buffer> {
  const body = JSON.stringify(json);
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nConnection: Upgrade\r\n` +
      `Upgrade: tcp\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  const answer = await new Promise<Buffer>((resolve, reject) => {
    let head = Buffer.alloc(0);
    const settle = (end: () => void) => {
      socket.off("data", onData).off("end", onEnd).off("close", onClose).off("error", onClose);
      signal.removeEventListener("abort", onAbort);
      end();
    };
    const onData = (data: Buffer) => {
      const from = Math.max(0, head.length - 3);
      head = Buffer.concat([head, data]);
      if (head.indexOf("\r\n\r\n", from) >= 0) settle(() => resolve(head));
      else if (head.length > mostHead) settle(() => reject(refused(doing, "it answered without the end of a head")));
    };
    const onClose = (cause?: unknown) => settle(() => reject(unreachableEngine(engine.endpoint, closing(cause))));
    // On a half-open socket, an end of the engine's side closes nothing by itself.
    const onEnd = () => onClose();
    const onAbort = () => settle(() => reject(signal.reason));
    socket.on("data", onData).once("end", onEnd).once("close", onClose).once("error", onClose);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  socket.pause();
  const end = answer.indexOf("\r\n\r\n");
  const status = Number(/^HTTP\/1\.[01] (\d+)/.exec(answer.toString("latin1", 0, end))?.[1] ?? 0);
  const rest = answer.subarray(end + 4);
  if (status !== 101 && status !== 200) throw refused(doing, refusalText(rest.toString(), status));
  return rest;
}

function closing(cause: unknown): unknown {
  return cause instanceof Error ? cause : Object.assign(new Error("closed"), { code: "ECONNRESET" });
}
