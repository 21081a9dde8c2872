/**
 * Runs a command in a container, over a WebSocket with the remote-command subprotocols: `v5` with a half close of
 * stdin, `v4` from older servers without one. Output that is not read is held back at the server, and input waits while
 * the server does not take it. Returns how the command ended, and throws where it never began.
 */
import { Failure } from "../../diag/failure.ts";
import { systemClock } from "../../std/clock.ts";
import type { Cluster } from "../cluster.ts";
import { ApiError, Unreachable } from "../connect/api-error.ts";
import { parseStatus } from "../objects/kube-status.ts";
import { ByteQueue } from "./byte-queue.ts";
import { heartbeat } from "./heartbeat.ts";
import { type MessageSocket, openWebSocket } from "./websocket.ts";

export interface ExecTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface ExecOptions {
  /** Whether bytes will be written to its input; default false. */
  readonly stdin?: boolean;
  /** Interval of pings to the server. */
  readonly pingMs?: number;
}

export interface ExecExit {
  readonly code: number;
  /** The runtime's message where the code is not 0. */
  readonly message: string;
}

/** Disposing ends the stream; the runtime decides what happens to the command. */
export interface ExecStream extends AsyncDisposable {
  /** Resolves when there is room for more. Bytes after the command's end are dropped. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Ends the command's input.
   * @throws Failure where the server cannot do that (before Kubernetes 1.30)
   */
  end(): Promise<void>;
  /** Must be read, or the command blocks once some hundred kilobytes wait; the same holds for `stderr`. */
  readonly stdout: AsyncIterable<Uint8Array>;
  readonly stderr: AsyncIterable<Uint8Array>;
  /**
   * Resolves at the latest when all output was read. Rejects with ApiError where the command could not begin,
   * Unreachable where the connection broke, the signal's reason.
   */
  readonly exit: Promise<ExecExit>;
}

const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;
const halfClosing = "v5.channel.k8s.io";
const protocols = [halfClosing, "v4.channel.k8s.io"];

const mostUnsent = 1 << 20;
const mostUnread = 512 * 1024;
const messageBytes = 64 * 1024;
/** Limit for the Status object at the end of a command; further bytes are dropped. */
const mostStatus = 256 * 1024;
/** Limit for a status text that is no Status object. */
const mostWords = 300;

/**
 * Resolves when the server has accepted the request; `signal` also ends the stream later.
 * @throws ApiError with the server's message where it refuses, Unreachable, the signal's reason
 */
export async function openExec(
  cluster: Cluster,
  target: ExecTarget,
  argv: readonly string[],
  signal: AbortSignal,
  options: ExecOptions = {},
): Promise<ExecStream> {
  const query = new URLSearchParams({ container: target.container, stdout: "true", stderr: "true" });
  if (options.stdin) query.set("stdin", "true");
  for (const argument of argv) query.append("command", argument);
  const path = `/api/v1/namespaces/${encodeURIComponent(target.namespace)}/pods/${encodeURIComponent(target.pod)}/exec`;
  const action = `cannot run ${argv[0] ?? "a command"} in container ${target.container} of pod ${target.namespace}/${target.pod}`;
  const socket = await openWebSocket(cluster, { path: `${path}?${query}`, protocols, action }, signal);
  return execStream(socket, cluster, action, signal, options.pingMs);
}

function execStream(
  socket: MessageSocket,
  cluster: Cluster,
  action: string,
  signal: AbortSignal,
  pingMs: number | undefined,
): ExecStream {
  const exit = Promise.withResolvers<ExecExit>();
  // Its rejection may stay unhandled, because a caller that only writes does not await it.
  exit.promise.catch(() => undefined);
  let status = "";
  let closed = false;
  let room = Promise.withResolvers<void>();
  let paused = false;
  const balance = () => {
    const full = stdout.size + stderr.size > mostUnread;
    if (full === paused) return;
    paused = full;
    pulse.reads(!full);
    if (full) socket.pause();
    else socket.resume();
  };
  const stdout = new ByteQueue(balance);
  const stderr = new ByteQueue(balance);
  let isGone = false;
  const leave = () => {
    isGone = true;
    socket.terminate();
  };
  const pulse = heartbeat(socket, leave, systemClock, pingMs);

  const onAbort = () => socket.terminate();
  let current: number = channel.status;
  socket.listen({
    piece(bytes, begins) {
      let data = bytes;
      if (begins) {
        current = bytes[0] ?? channel.status;
        data = bytes.subarray(1);
      }
      if (data.length === 0) return;
      if (current === channel.stdout) stdout.push(data);
      else if (current === channel.stderr) stderr.push(data);
      else if (current === channel.status && status.length < mostStatus) status += Buffer.from(data).toString("utf8");
      balance();
    },
    drained() {
      room.resolve();
      room = Promise.withResolvers();
    },
    closed(reason) {
      closed = true;
      pulse[Symbol.dispose]();
      signal.removeEventListener("abort", onAbort);
      room.resolve();
      const ended = signal.aborted ? { thrown: signal.reason } : outcome(status, reason, isGone, action, cluster);
      if ("thrown" in ended) exit.reject(ended.thrown);
      else exit.resolve(ended);
      stdout.end();
      stderr.end();
    },
  });
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();

  return {
    stdout,
    stderr,
    exit: exit.promise,
    async write(bytes) {
      for (let at = 0; at < bytes.length && !closed; at += messageBytes) {
        socket.send(Uint8Array.of(channel.stdin), bytes.subarray(at, at + messageBytes));
        while (socket.backlog > mostUnsent && !closed) await room.promise;
      }
      signal.throwIfAborted();
    },
    async end() {
      if (socket.protocol !== halfClosing)
        throw new Failure({
          severity: "error",
          message: `${action}: this cluster cannot close the input of a command`,
          suggestion: "Kubernetes 1.30 or newer can",
        });
      socket.send(Uint8Array.of(channel.close, channel.stdin));
    },
    async [Symbol.asyncDispose]() {
      socket.terminate();
    },
  };
}

/** How the command ended, from the Status object on the last channel. */
function outcome(
  status: string,
  reason: string,
  isGone: boolean,
  action: string,
  cluster: Cluster,
): ExecExit | { thrown: Failure } {
  const said = parseStatus(status);
  if (said?.status === "Success") return { code: 0, message: "" };
  if (said?.reason === "NonZeroExitCode") {
    const told = Number(said.details?.causes?.find((cause) => cause.reason === "ExitCode")?.message ?? 1);
    const code = Number.isInteger(told) ? told : 1;
    return { code, message: said.message ?? `command terminated with exit code ${code}` };
  }
  if (said) return { thrown: new ApiError(said, said.code ?? 500, action) };
  if (status !== "") return { thrown: new Failure(`${action}: ${status.trim().slice(0, mostWords)}`) };
  if (isGone) {
    const silent = `the API server of the context "${cluster.context}" at ${cluster.endpoint.url} answers nothing any more`;
    return { thrown: new Unreachable("timeout", `${action}: ${silent}`, "is the network or VPN up?") };
  }
  const why = reason === "" ? "closed the connection" : `closed the connection: ${reason}`;
  const where = `the API server of the context "${cluster.context}" at ${cluster.endpoint.url}`;
  return { thrown: new Unreachable("reset", `${action}: ${where} ${why}`, "is the cluster starting or ending?") };
}
