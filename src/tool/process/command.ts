/**
 * A command and its outcome as data, for all files of the process layer. A command is an argument list, never a line
 * for a shell; an outcome is a union, so that the compiler reminds callers that a binary may be missing.
 */

export type Stream = "stdout" | "stderr";

export interface Command {
  /** Binary (a name looked up on PATH, or a path) and its arguments. */
  readonly argv: readonly [string, ...string[]];
  /** Absolute; default: the folder of this process. */
  readonly cwd?: string;
  /** Changes to this process's environment; `undefined` removes a variable. */
  readonly env?: EnvDelta;
  /** Default: empty. */
  readonly stdin?: string | Uint8Array | ReadableStream<Uint8Array>;
  /**
   * Lends the terminal to the child until it ends: the child gets standard input, with `errors` standard error too, and
   * stays in the process group of devloop, so that Ctrl-C reaches it. Only while the terminal is lent, and not with
   * `stdin`.
   */
  readonly terminal?: { readonly errors: boolean };
  /** Values that are masked in all text of this command. Values under four characters cannot be masked. */
  readonly secrets?: readonly string[];
  /** Called for every line, masked, without its end, as it comes. */
  readonly onLine?: (line: string, stream: Stream) => void;
  /** Most bytes of each stream that are kept for `Finished`; default 8 MiB. Later bytes are still given to `onLine`. */
  readonly captureBytes?: number;
  /** Milliseconds between SIGTERM and SIGKILL on cancellation; default 3000. */
  readonly graceMs?: number;
}

export type EnvDelta = Readonly<Record<string, string | undefined>>;

/** The output of a process. Texts are masked and cut to the command's limit. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
  /** The last 20 lines of both streams, in order of arrival. */
  readonly tail: readonly string[];
  /** True when `stdout` or `stderr` was cut. */
  readonly truncated: boolean;
  readonly seconds: number;
}

export type Finished =
  | ({ readonly kind: "exited"; readonly code: number } & Printed)
  /** A signal that devloop did not send ended the process. */
  | ({ readonly kind: "killed"; readonly signal: string } & Printed)
  /** The aborted signal ended the process, or prevented its start. */
  | ({ readonly kind: "cancelled" } & Printed)
  | { readonly kind: "missing"; readonly binary: string };
