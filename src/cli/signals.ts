/**
 * Ctrl-C, SIGTERM and a closed terminal: the first cancels the work in order, the second ends the process at once. Either
 * gives the exit code: a command that runs once was cut short, one that stays until an interrupt has ended as it should.
 */
import { type ExitCode, exitCode } from "../diag/exit.ts";

const codes = { SIGINT: exitCode.interrupted, SIGTERM: exitCode.terminated, SIGHUP: exitCode.hungUp } as const;
type Ending = keyof typeof codes;

const before: (() => void)[] = [];
const controller = new AbortController();
let first: Ending | undefined;
let stays = false;

/** Registers what must happen even when the process ends at once: killing child processes. Must not wait. */
export function beforeSuddenExit(action: () => void): void {
  before.push(action);
}

/** Cancels the work in order, as a first Ctrl-C does; never a second one. */
export function cancel(): void {
  if (!controller.signal.aborted) controller.abort(new DOMException("interrupted", "AbortError"));
}

/** From now on the command goes on until a signal ends it, which is its regular end. */
export function staysUntilSignal(): void {
  stays = true;
}

/** What the process ends with after its command ended with `code`, or was cancelled. */
export function exitCodeAfter(code: ExitCode): ExitCode {
  return first === undefined || stays ? code : codes[first];
}

/** A signal that the first of SIGINT, SIGTERM, SIGHUP aborts. */
export function cancelOnSignals(): AbortSignal {
  const onSignal = (name: Ending) => {
    // The terminal has echoed ^C: what is said next stands in its place.
    if (name === "SIGINT" && process.stdout.isTTY) process.stdout.write("\r");
    first ??= name;
    if (!controller.signal.aborted) return cancel();
    for (const action of before) action();
    process.exit(codes[name]);
  };
  for (const name of Object.keys(codes) as Ending[]) process.on(name, () => onSignal(name));
  return controller.signal;
}
