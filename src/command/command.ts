/** A command, and what it is run with. Commands are data; their code is imported only when they are run. */
import type { ExitCode } from "../diag/exit.ts";
import type { Terminal } from "../tool/process/terminal.ts";
import type { Flag, FlagValues } from "./flags.ts";

export interface Example {
  readonly line: string;
  readonly says: string;
}

export interface Command {
  readonly name: string;
  /** One sentence, for the list of commands. */
  readonly summary: string;
  readonly description?: string;
  readonly examples: readonly Example[];
  readonly flags: readonly Flag[];
  /** `[min, max]` number of words after the flags. */
  readonly args: readonly [number, number];
  /** The words' names in help: `[ARTIFACT|OBJECT|FILE]`. */
  readonly usage?: string;
  readonly group: "daily" | "steps" | "more";
  load(): Promise<{ readonly run: Run }>;
}

/** The process for commands; a test passes its own. */
export interface Invocation {
  readonly command: string;
  readonly flags: FlagValues;
  readonly args: readonly string[];
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted by the first Ctrl-C, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** All commands, for help and completion. */
  readonly commands: readonly Command[];
  /** The terminal on which a credential plugin may ask its user. */
  readonly terminal: Terminal;
  /** Tells that the command runs until a signal ends it: the exit code is then the command's own, not the signal's. */
  staysUntilSignal(): void;
}

export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
}

export type Run = (invocation: Invocation) => Promise<ExitCode>;
