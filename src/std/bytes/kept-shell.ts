/**
 * A shell at the other end of a byte stream, kept open: a command costs a round trip instead of the start of a process.
 *
 * Commands are a line each and run one after the other. Input of known length goes through `head -c N`; everything else
 * gets no input. Both output streams end a command with a marker of their own, because their order is not defined. When
 * the stream breaks, every waiting command fails; the owner opens a new one.
 *
 * Input is never evaluated. Input that is longer than announced is refused before it is written, and the shell evaluates
 * only lines that begin with a random word of this shell: should `head` die, the rest of its input ends the shell.
 */

import { TooLong } from "../text/too-long.ts";
import { type Chunks, SourceChanged } from "./exact-chunks.ts";

export interface ShellResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Payload {
  readonly bytes: number;
  readonly chunks: Chunks;
}

/** The byte streams to a shell that was started with `shellArgv`. */
export interface ShellPipe {
  /** Resolves when the data is on its way. May fail once the stream is closed. */
  write(data: Uint8Array | string): Promise<void>;
  /** Resolves when the stream has ended, for any reason. Never rejects. */
  readonly closed: Promise<void>;
  /** Ends the stream at once. */
  cut(): Promise<void>;
  /** The error with which waiting commands fail when the stream breaks. */
  lost(): Error;
}

export interface KeptShell {
  /** True once the stream has ended: the owner then opens another shell. */
  readonly broken: boolean;
  /** The owner passes all output of the shell to this function. */
  take(stream: "stdout" | "stderr", data: Uint8Array): void;
  /**
   * Runs one command line (no line breaks). A running command that is cancelled breaks the shell, because its output
   * could not be told from the next command's. So does input of another length than announced, and input that cannot be
   * read. A command that fails is a result.
   * @throws what `lost` says when the stream breaks, NeverBegan where it broke before the command's turn,
   * SourceChanged, what the input throws, TooLong for more output than is kept.
   */
  run(command: string, signal: AbortSignal, input?: Payload): Promise<ShellResult>;
  end(): Promise<void>;
}

/**
 * A plain `sh` would read ahead of its commands and swallow payload; `read` takes one byte at a time. The first line is
 * the word that every command begins with.
 */
export const shellArgv = [
  "sh",
  "-c",
  `IFS= read -r w || exit 0; while IFS= read -r c; do case $c in "$w "*) eval "\${c#$w }" ;; *) exit 125 ;; esac; done`,
] as const;

/** The shell ended before anything of the command was sent: another shell can run the command with all of its input. */
export class NeverBegan extends Error {
  /** The error that the shell's stream ended with. */
  readonly lost: Error;

  constructor(lost: Error) {
    super(lost.message);
    this.lost = lost;
  }
}

export function keptShell(pipe: ShellPipe): KeptShell {
  const word = crypto.randomUUID();
  let running: Running | undefined;
  let count = 0;
  let broken = false;
  let tail: Promise<unknown> = Promise.resolve();
  let onLost = () => {};
  // The only reaction to the end of the stream: one of each command would keep all that the command had for as long as
  // the shell lives.
  void pipe.closed.then(() => {
    broken = true;
    onLost();
  });

  const runNow = async (command: string, stop: AbortSignal, input?: Payload): Promise<ShellResult> => {
    stop.throwIfAborted();
    if (broken) throw new NeverBegan(pipe.lost());
    const mark = `devloop-${word}-${++count}`;
    const current = collect(mark);
    running = current;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(stop.reason);
    stop.addEventListener("abort", onAbort, { once: true });
    const { promise: lost, resolve } = Promise.withResolvers<void>();
    onLost = resolve;
    const ended = Promise.race([current.done, lost.then(() => Promise.reject(pipe.lost())), aborted]);
    try {
      const first = count === 1 ? `${word}\n` : "";
      const isOver = () => broken || stop.aborted;
      const work = feed(pipe, `${first}${word} ${wrap(command, mark, input?.bytes)}\n`, input, isOver);
      // A command may end before it has read its input: the command's result counts, and the rest of the input still
      // follows.
      const [result] = await Promise.all([ended, Promise.race([work, ended])]);
      await Promise.race([work, lost, aborted]);
      return result;
    } catch (thrown) {
      broken = true;
      await pipe.cut();
      throw stop.aborted ? stop.reason : thrown;
    } finally {
      stop.removeEventListener("abort", onAbort);
      onLost = () => {};
      running = undefined;
    }
  };

  return {
    get broken() {
      return broken;
    },
    take: (stream, data) => running?.take(stream, data),
    run(command, stop, input) {
      if (/[\n\0]/.test(command)) return Promise.reject(new Error("a command of a kept shell is one line"));
      const turn = tail.then(() => runNow(command, stop, input));
      tail = turn.catch(() => {});
      return turn;
    },
    async end() {
      broken = true;
      await pipe.cut();
    },
  };
}

function wrap(command: string, mark: string, bytes: number | undefined): string {
  // `cat` reads what the command left unread of its input; the shell would take the rest for commands.
  const run =
    bytes === undefined
      ? `{ ${command}; } </dev/null`
      : `head -c ${bytes} | { { ${command}; }; r=$?; cat >/dev/null; (exit $r); }`;
  return `${run}; r=$?; printf '\\n%s %d\\n' ${mark} $r; printf '\\n%s\\n' ${mark} >&2`;
}

/** Writes the command line and its input. A chunk is written only while it is within the announced length. */
async function feed(pipe: ShellPipe, line: string, input: Payload | undefined, isOver: () => boolean): Promise<void> {
  const write = (data: Uint8Array | string) => pipe.write(data).catch(() => Promise.reject(pipe.lost()));
  await write(line);
  if (input === undefined) return;
  let left = input.bytes;
  for await (const chunk of input.chunks) {
    if (isOver()) throw pipe.lost();
    left -= chunk.length;
    if (left < 0) throw new SourceChanged(`an input of ${input.bytes} bytes was longer than announced`);
    await write(chunk);
  }
  if (left > 0) throw new SourceChanged(`an input of ${input.bytes} bytes was ${left} bytes shorter than announced`);
}

interface Running {
  take(stream: "stdout" | "stderr", data: Uint8Array): void;
  /** Resolves when the command has ended; rejects where it prints more than is kept. */
  readonly done: Promise<ShellResult>;
}

/**
 * The limit for both streams of one command together. A listing of a node with thousands of images has some megabytes.
 */
const mostOutput = 32 << 20;

function collect(mark: string): Running {
  const { promise: done, resolve, reject } = Promise.withResolvers<ShellResult>();
  const stdout = markedOutput(`\n${mark} `);
  const stderr = markedOutput(`\n${mark}\n`);
  let isOver = false;
  return {
    done,
    take(stream, data) {
      if (isOver) return;
      (stream === "stdout" ? stdout : stderr).take(data);
      isOver = stdout.size + stderr.size > mostOutput;
      if (isOver) return reject(new TooLong("what a command printed", mostOutput));
      const code = stdout.markEnd < 0 ? undefined : stdout.lineFrom(stdout.markEnd);
      if (code === undefined || stderr.markEnd < 0) return;
      resolve({ code: Number.parseInt(code, 10), stdout: stdout.before(), stderr: stderr.before() });
    },
  };
}

/** Received bytes in a buffer that doubles, and the position of a mark in them. Each byte is searched once. */
function markedOutput(text: string) {
  const mark = Buffer.from(text);
  let bytes = Buffer.alloc(1024);
  let size = 0;
  let searched = 0;
  let found = -1;
  return {
    get size() {
      return size;
    },
    /** The index behind the mark; negative while the mark has not come. */
    get markEnd() {
      return found < 0 ? -1 : found + mark.length;
    },
    take(data: Uint8Array) {
      if (size + data.length > bytes.length) {
        const larger = Buffer.alloc(Math.max(2 * bytes.length, size + data.length));
        bytes.copy(larger, 0, 0, size);
        bytes = larger;
      }
      bytes.set(data, size);
      size += data.length;
      if (found >= 0) return;
      found = bytes.subarray(0, size).indexOf(mark, searched);
      searched = Math.max(0, size - mark.length + 1);
    },
    before: () => bytes.toString("utf8", 0, found),
    /** The line that begins at the index; undefined while its line end has not come. */
    lineFrom(at: number): string | undefined {
      const end = bytes.subarray(0, size).indexOf("\n", at);
      return end < 0 ? undefined : bytes.toString("utf8", at, end);
    },
  };
}

/** Quotes `text` as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
