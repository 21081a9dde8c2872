/**
 * A way to an engine that only the Docker client can reach (`ssh://`): a socket on this machine, private to its user.
 * Each connection to it starts one `docker system dial-stdio`, which carries the bytes. The client finds the engine by
 * its usual settings, so this file decides nothing about hosts, users or keys.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../diag/failure.ts";
import { isAlive } from "../std/is-alive.ts";
import { adopt, end as endTarget, groupOf, readyWatchdog } from "./process/children.ts";
import { locate } from "./process/program.ts";
import { childEnvironment } from "./process/run.ts";

export interface StdioBridge extends AsyncDisposable {
  /** The socket's path. */
  readonly path: string;
  /** The error text of the last client that failed; undefined where none has failed. */
  words(): string | undefined;
}

const prefix = "devloop-engine-";
const graceMs = 1_000;
const longestWords = 2_000;
/**
 * The client's text where ssh ended before the client could write to it: the client then leaves out the text of ssh
 * itself.
 */
const pipeClosed = /broken pipe|file already closed/;
const askAgainMs = 10_000;

/**
 * Listens at once; a client starts with the first connection.
 * @throws Failure where there is no Docker client
 */
export async function stdioBridge(env: Readonly<Record<string, string | undefined>>): Promise<StdioBridge> {
  const childEnv = childEnvironment(env);
  const docker = locate("docker", childEnv.PATH, undefined);
  if (docker === undefined)
    throw new Failure({
      severity: "error",
      message: "the Docker client was not found on PATH, and only it reaches an engine over ssh",
      suggestion: "install docker, or set DOCKER_HOST to an engine that listens on a socket or a port",
    });
  sweep();
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  const path = join(folder, "docker.sock");
  const open = new Set<Carried>();
  let words: string | undefined;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const carried = carry(socket, docker, childEnv, (said) => {
      words = said;
    });
    open.add(carried);
    void carried.ended.finally(() => open.delete(carried));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  server.unref();
  return {
    path,
    words: () => words,
    async [Symbol.asyncDispose]() {
      server.close();
      await Promise.all([...open].map(({ end, ended }) => end().then(() => ended)));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Carried {
  /** Resolves when the client has ended and all its output was handed on. */
  readonly ended: Promise<void>;
  /** Ends the client and every process that it started. */
  end(): Promise<void>;
}

/** One connection: bytes both ways, until both sides have ended. The end of one side is handed on to the other. */
function carry(socket: Socket, docker: string, env: Record<string, string>, onWords: (said: string) => void): Carried {
  readyWatchdog();
  const child = Bun.spawn([docker, "system", "dial-stdio"], {
    argv0: "docker",
    env,
    // Detached from the terminal, so that ssh fails with a text instead of asking for a password.
    detached: true,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  const release = adopt(groupOf(child.pid));
  const { stdin } = child;
  socket.on("data", (data) => {
    stdin.write(data);
    const flushed = stdin.flush();
    if (typeof flushed === "number") return;
    socket.pause();
    Promise.resolve(flushed).then(
      () => socket.resume(),
      () => socket.destroy(),
    );
  });
  socket.once("end", () => void Promise.resolve(stdin.end()).catch(() => undefined));
  socket.on("error", () => socket.destroy());
  const end = () => endTarget(groupOf(child.pid), graceMs);
  socket.once("close", () => void end());
  const said = tailOf(child.stderr);
  const out = pour(child.stdout, socket);
  const ended = (async () => {
    await out;
    const code = await child.exited;
    release();
    if (code !== 0 && !socket.destroyed) {
      const own = (await said).trim();
      onWords(pipeClosed.test(own) ? ((await wordsOfSsh(docker, env)) ?? own) : own);
    }
    socket.end();
    socket.destroySoon();
  })();
  return { ended, end };
}

/**
 * The error text of ssh. Starts the client once more and writes nothing to it, so that it reads the end of ssh and
 * prints the text of ssh. Undefined where it does not end in time, because the engine can be reached now.
 */
async function wordsOfSsh(docker: string, env: Record<string, string>): Promise<string | undefined> {
  const child = Bun.spawn([docker, "system", "dial-stdio"], {
    argv0: "docker",
    env,
    detached: true,
    stdin: "pipe",
    stdout: "ignore",
    stderr: "pipe",
  });
  const release = adopt(groupOf(child.pid));
  const said = tailOf(child.stderr);
  const late = setTimeout(() => void endTarget(groupOf(child.pid), graceMs), askAgainMs);
  const code = await child.exited;
  clearTimeout(late);
  release();
  const words = (await said).trim();
  return code === 0 || child.signalCode !== null || words === "" ? undefined : words;
}

/** Copies the stream to the socket, waiting while the socket's buffer is full. */
async function pour(stream: ReadableStream<Uint8Array>, socket: Socket): Promise<void> {
  try {
    for await (const chunk of stream) {
      if (socket.destroyed) return;
      if (socket.write(chunk)) continue;
      await new Promise<void>((resolve) => {
        socket.once("drain", resolve);
        socket.once("close", resolve);
      });
    }
  } catch {
    // The client was ended before; its exit status is reported elsewhere.
  }
}

async function tailOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of stream) text = (text + decoder.decode(chunk, { stream: true })).slice(-longestWords);
  } catch {
    // Text that was read before the error still counts.
  }
  return text;
}

/** Removes sockets of killed processes. */
function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1] ?? 0);
    if (pid <= 0 || isAlive(pid)) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Another user's: anybody may make such a name in this folder.
    }
  }
}
