/**
 * What to run and what came of it, as data: the vocabulary of the process layer. A command is an argument list, never
 * a line for a shell; an outcome is a union, so that nobody can forget that a binary may be missing.
 */

export type Stream = "stdout" | "stderr";

export interface Command {
  /** Binary (a name looked up on PATH, or a path) and its arguments. */
  readonly argv: readonly [string, ...string[]];
  /** Absolute; default: our own. */
  readonly cwd?: string;
  /** Laid over our own environment; `undefined` removes a variable. */
  readonly env?: EnvDelta;
  /** Default: empty. */
  readonly stdin?: string | Uint8Array | ReadableStream<Uint8Array>;
  /**
   * The terminal is the child's until it ends: it gets standard input, with `errors` standard error too, and stays in our
   * process group, so that Ctrl-C reaches it. Only while the terminal is lent, and not with `stdin`.
   */
  readonly terminal?: { readonly errors: boolean };
  /** Values that are masked wherever this command's text shows up. Those under four characters cannot be masked. */
  readonly secrets?: readonly string[];
  /** Called for every line, masked, without its end, as it comes. */
  readonly onLine?: (line: string, stream: Stream) => void;
  /** Most bytes of each stream that are kept for `Finished`; default 8 MiB. The rest is still given to `onLine`. */
  readonly captureBytes?: number;
  /** Milliseconds between SIGTERM and SIGKILL on cancellation; default 3000. */
  readonly graceMs?: number;
}

export type EnvDelta = Readonly<Record<string, string | undefined>>;

/** What a process printed. Texts are masked and cut to the command's limit. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
  /** The last 20 lines of both streams, as they came. */
  readonly tail: readonly string[];
  /** True when `stdout` or `stderr` was cut. */
  readonly truncated: boolean;
  readonly seconds: number;
}

export type Finished =
  | ({ readonly kind: "exited"; readonly code: number } & Printed)
  /** Ended by a signal that was not ours. */
  | ({ readonly kind: "killed"; readonly signal: string } & Printed)
  /** Ended because the signal given to `run` was aborted, or never started because it was already. */
  | ({ readonly kind: "cancelled" } & Printed)
  | { readonly kind: "missing"; readonly binary: string };
