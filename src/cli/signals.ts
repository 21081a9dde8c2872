/**
 * Ctrl-C, SIGTERM and a closed terminal: the first signal cancels the work in order, the second ends the process at
 * once. The exit code depends on the command: for one that runs once a signal means that it was interrupted; for one
 * that runs until a signal it is the regular end.
 */
import { type ExitCode, exitCode } from "../diag/exit.ts";

const codes = { SIGINT: exitCode.interrupted, SIGTERM: exitCode.terminated, SIGHUP: exitCode.hungUp } as const;
type Ending = keyof typeof codes;

const before: (() => void)[] = [];
const controller = new AbortController();
let first: Ending | undefined;
let stays = false;

/**
 * Registers an action that must happen even when the process ends at once: killing child processes. It must be
 * synchronous.
 */
export function beforeSuddenExit(action: () => void): void {
  before.push(action);
}

/** Cancels the work in order, as a first Ctrl-C does; never counts as a second one. */
export function cancel(): void {
  if (!controller.signal.aborted) controller.abort(new DOMException("interrupted", "AbortError"));
}

/** Tells that the command runs until a signal ends it, which is then its regular end. */
export function staysUntilSignal(): void {
  stays = true;
}

/** The exit code of the process after its command ended with `code`, or was cancelled. */
export function exitCodeAfter(code: ExitCode): ExitCode {
  return first === undefined || stays ? code : codes[first];
}

/** A signal that the first of SIGINT, SIGTERM, SIGHUP aborts. */
export function cancelOnSignals(): AbortSignal {
  const onSignal = (name: Ending) => {
    // The terminal has echoed ^C: the next line is written over it.
    if (name === "SIGINT" && process.stdout.isTTY) process.stdout.write("\r");
    first ??= name;
    if (!controller.signal.aborted) return cancel();
    for (const action of before) action();
    process.exit(codes[name]);
  };
  for (const name of Object.keys(codes) as Ending[]) process.on(name, () => onSignal(name));
  return controller.signal;
}
