/** Ctrl-C, SIGTERM and a closed terminal: the first cancels the work in order, the second ends the process at once. */
import { exitCode } from "../diag/exit.ts";

const before: (() => void)[] = [];
const controller = new AbortController();

/** Registers what must happen even when the process ends at once: killing child processes. Must not wait. */
export function beforeSuddenExit(action: () => void): void {
  before.push(action);
}

/** Cancels the work in order, as a first Ctrl-C does; never a second one. */
export function cancel(): void {
  if (!controller.signal.aborted) controller.abort(new DOMException("interrupted", "AbortError"));
}

/** A signal that the first of SIGINT, SIGTERM, SIGHUP aborts. */
export function cancelOnSignals(): AbortSignal {
  const onSignal = (name: NodeJS.Signals) => {
    // The terminal has echoed ^C: what is said next stands in its place.
    if (name === "SIGINT" && process.stdout.isTTY) process.stdout.write("\r");
    if (!controller.signal.aborted) return cancel();
    for (const action of before) action();
    process.exit(exitCode.ok);
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  return controller.signal;
}
