/** Diagnostics on standard error, as far as the verbosity allows: warnings and hints from `warn` on. */
import type { Diagnostic } from "../diag/diagnostic.ts";
import { printDiagnostics } from "../diag/print.ts";
import { diagnosticPainter, painter } from "../ui/paint.ts";
import type { Invocation } from "./command.ts";
import { levelOf } from "./view.ts";

/** Hints about the config's style are of no use when asking about a run, or cleaning up after it. */
const withoutHints: readonly string[] = ["why", "delete"];

export function complain(invocation: Invocation, diagnostics: readonly Diagnostic[]): void {
  const { command, flags, stderr, env } = invocation;
  const level = levelOf(flags.text("verbosity"));
  const isShown = ({ severity }: Diagnostic) =>
    severity === "error" || (level !== "error" && !(severity === "hint" && withoutHints.includes(command)));
  const shown = diagnostics.filter(isShown);
  if (shown.length === 0) return;
  const paint = diagnosticPainter(painter(stderr.isTerminal, env, flags.int("color") ?? 34));
  stderr.write(`${printDiagnostics(shown, paint)}\n`);
}
