/**
 * The connection to one container for synced files: an open shell where the image has one, a `tar` per batch where it
 * has only that, and nothing where it has neither. The container is asked once which of them it has.
 * A batch is one command: deletions, then the archive. It is done when the container says so.
 */

import type { Cluster } from "../../cluster/cluster.ts";
import { ApiError } from "../../cluster/connect/api-error.ts";
import { type ExecStream, type ExecTarget, openExec } from "../../cluster/stream/exec.ts";
import { execShell } from "../../cluster/stream/exec-shell.ts";
import { Failure } from "../../diag/failure.ts";
import { abortable } from "../../std/async/abortable.ts";
import { type KeptShell, type Payload, shellArgv, shellWord } from "../../std/bytes/kept-shell.ts";
import type { SyncArchive } from "./sync-archive.ts";

/**
 * `failed`: the container's own command failed. `cut`: the connection broke, or the container does not exist any more.
 * `lacking`: the image never has what is needed.
 */
export type Sent =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "cut"; readonly why: string }
  | { readonly kind: "lacking"; readonly why: string };

export interface ContainerChannel extends AsyncDisposable {
  /** Opens the connection now, so that the first batch need not wait. */
  warm(): void;
  /** Rejects only with the signal's reason. */
  send(archive: SyncArchive, signal: AbortSignal): Promise<Sent>;
}

type Means = { readonly kind: "shell"; readonly shell: KeptShell } | { readonly kind: "tar" };

const unpack = "tar xf - -C /";
const question =
  "command -v head >/dev/null && command -v cat >/dev/null && echo input; command -v tar >/dev/null && echo tar; true";
const done: Sent = { kind: "done" };
/** A command line of a thousand names stays far below every system's limit. */
const namesPerCommand = 1000;

export function containerChannel(cluster: Cluster, target: ExecTarget): ContainerChannel {
  const closed = new AbortController();
  let means: Promise<Means> | undefined;
  let lacking: string | undefined;

  /** One opening at a time; a broken shell is opened again, and a failed opening is tried again. */
  const open = (): Promise<Means> => {
    const usable = (way: Means | undefined) => way !== undefined && (way.kind === "tar" || !way.shell.broken);
    means = (means ?? Promise.resolve(undefined))
      .catch(() => undefined)
      .then((way) => (way !== undefined && usable(way) ? way : openMeans(cluster, target, closed.signal)));
    means.catch(() => undefined);
    return means;
  };
  return {
    warm: () => void open().catch(() => undefined),
    async send(archive, signal) {
      if (lacking !== undefined) return { kind: "lacking", why: lacking };
      try {
        const way = await abortable(open(), signal);
        if (way.kind === "shell") return await sendByShell(way.shell, archive, signal);
        return await sendByTar(cluster, target, archive, signal);
      } catch (thrown) {
        signal.throwIfAborted();
        if (thrown instanceof Lacking) lacking = thrown.message;
        if (lacking !== undefined) return { kind: "lacking", why: lacking };
        return { kind: "cut", why: thrown instanceof Error ? thrown.message : String(thrown) };
      }
    },
    async [Symbol.asyncDispose]() {
      closed.abort(new DOMException("the channel is closed", "AbortError"));
      const way = await means?.catch(() => undefined);
      if (way?.kind === "shell") await way.shell.end();
    },
  };
}

class Lacking extends Error {}

async function openMeans(cluster: Cluster, target: ExecTarget, signal: AbortSignal): Promise<Means> {
  const stream = await openExec(cluster, target, shellArgv, signal, { stdin: true });
  const shell = execShell(stream, target);
  const asked = await shell.run(question, signal).catch(async (thrown: unknown) => {
    if (!(await isMissing(stream.exit))) throw thrown;
  });
  const has = (word: string) => asked?.stdout.split("\n").includes(word) ?? false;
  if (has("input") && has("tar")) return { kind: "shell", shell };
  await shell.end();
  if (asked !== undefined && !has("tar")) throw new Lacking("there is no tar in it");
  // Without a shell, whether there is a tar shows only when it is run, here with an empty archive.
  const empty: SyncArchive = { deleted: [], payload: { bytes: 1024, chunks: [new Uint8Array(1024)] } };
  const tried = await sendByTar(cluster, target, empty, signal);
  if (tried.kind === "cut") throw new Failure(tried.why);
  if (tried.kind !== "done") throw new Lacking("there is neither a shell nor a tar in it");
  return { kind: "tar" };
}

/** Whether a command ended because the image has no such program, and not because its container or connection ended. */
async function isMissing(exit: ExecStream["exit"]): Promise<boolean> {
  try {
    const { code } = await exit;
    return code === 126 || code === 127;
  } catch (thrown) {
    // Messages of the runtimes: runc, crun, gVisor.
    return thrown instanceof ApiError && /executable file|no such file/i.test(thrown.message);
  }
}

async function sendByShell(shell: KeptShell, { deleted, payload }: SyncArchive, signal: AbortSignal): Promise<Sent> {
  const commands = deletions(deleted).map((names) => `rm -rf -- ${names.map(shellWord).join(" ")}`);
  if (payload !== undefined) commands.push(unpack);
  if (commands.length === 0) return done;
  // A command is one line.
  if (deleted.some((name) => name.includes("\n"))) return { kind: "failed", why: "a file's name has a line break" };
  const result = await shell.run(commands.join(" && "), signal, payload);
  return result.code === 0 ? done : { kind: "failed", why: words(result.stderr, result.code) };
}

async function sendByTar(
  cluster: Cluster,
  target: ExecTarget,
  { deleted, payload }: SyncArchive,
  signal: AbortSignal,
): Promise<Sent> {
  for (const names of deletions(deleted)) {
    const removed = await runIn(cluster, target, ["rm", "-rf", "--", ...names], undefined, signal);
    if (removed.kind !== "done") return removed;
  }
  return payload === undefined ? done : runIn(cluster, target, unpack.split(" "), payload, signal);
}

async function runIn(
  cluster: Cluster,
  target: ExecTarget,
  argv: readonly string[],
  payload: Payload | undefined,
  signal: AbortSignal,
): Promise<Sent> {
  await using open = await openExec(cluster, target, argv, signal, { stdin: payload !== undefined });
  let said = "";
  const read = async (from: AsyncIterable<Uint8Array>) => {
    for await (const data of from) if (said.length < 4096) said += Buffer.from(data).toString();
  };
  const reading = Promise.all([read(open.stdout), read(open.stderr)]);
  if (payload !== undefined) {
    for await (const chunk of payload.chunks) await open.write(chunk);
    await open.end();
  }
  if (await isMissing(open.exit)) return { kind: "failed", why: `there is no ${argv[0]} in it` };
  const { code, message } = await open.exit;
  await reading;
  if (code === 0) return done;
  const why = words(said || message, code);
  // The command was killed: its container is ending.
  return code > 128 ? { kind: "cut", why } : { kind: "failed", why };
}

function deletions(names: readonly string[]): string[][] {
  const out: string[][] = [];
  for (let i = 0; i < names.length; i += namesPerCommand) out.push(names.slice(i, i + namesPerCommand));
  return out;
}

function words(output: string, code: number): string {
  return output.trim().split("\n").at(-1) || `it ended with ${code}`;
}
