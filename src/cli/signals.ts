/** Ctrl-C, SIGTERM and a closed terminal: the first cancels the work in order, the second ends the process at once. */
import { exitCode } from "../diag/exit.ts";

const before: (() => void)[] = [];

/** Registers what must happen even when the process ends at once: killing child processes. Must not wait. */
export function beforeSuddenExit(action: () => void): void {
  before.push(action);
}

/** A signal that the first of SIGINT, SIGTERM, SIGHUP aborts. */
export function cancelOnSignals(): AbortSignal {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) {
      for (const action of before) action();
      process.exit(exitCode.ok);
    }
    controller.abort(new DOMException("interrupted", "AbortError"));
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  return controller.signal;
}
