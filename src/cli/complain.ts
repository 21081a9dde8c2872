/** Diagnostics on standard error, as far as the user wants to hear of them: warnings and hints from `warn` on. */
import type { Diagnostic } from "../diag/diagnostic.ts";
import { printDiagnostics } from "../diag/print.ts";
import { diagnosticPainter, painter } from "../ui/paint.ts";
import type { Invocation } from "./command.ts";
import { levelOf } from "./view.ts";

export function complain({ flags, stderr, env }: Invocation, diagnostics: readonly Diagnostic[]): void {
  const level = levelOf(flags.text("verbosity"));
  const shown = diagnostics.filter(({ severity }) => severity === "error" || level !== "error");
  if (shown.length === 0) return;
  const paint = diagnosticPainter(painter(stderr.isTerminal, env, flags.int("color") ?? 34));
  stderr.write(`${printDiagnostics(shown, paint)}\n`);
}
