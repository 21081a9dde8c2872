/**
 * Diagnostics of an open config, from its unsaved text: everything that a command would report, including errors that
 * need the whole project. Diagnostics about other files are shown in those files where they are open.
 */
import { dirname, resolve } from "node:path";
import type { Invocation } from "../command/command.ts";
import { loadQuietly } from "../command/project.ts";
import { isAddress } from "../config/resolve/scope.ts";
import type { Diagnostic } from "../diag/diagnostic.ts";
import { type LspDiagnostic, severities } from "./protocol.ts";
import type { OpenText } from "./text.ts";

/** @param openText unsaved texts of all open documents, by path */
export async function check(
  document: OpenText,
  invocation: Invocation,
  openText: (path: string) => string | undefined,
  signal: AbortSignal,
): Promise<readonly LspDiagnostic[]> {
  const { path } = document;
  if (path === undefined) return [];
  const cwd = dirname(path);
  const { diagnostics } = await loadQuietly(invocation, { cwd, file: path, openText, signal, command: "dev" });
  return diagnostics
    .filter(({ at }) => at === undefined || (!isAddress(at.file) && resolve(cwd, at.file) === path))
    .map(asLsp);
}

function asLsp({ severity, message, at, suggestion, details }: Diagnostic): LspDiagnostic {
  const [line, character] = at ? [at.line - 1, at.column - 1] : [0, 0];
  const text = [message, ...(details ?? []), ...(suggestion === undefined ? [] : [`hint: ${suggestion}`])];
  return {
    range: { start: { line, character }, end: { line, character: character + (at?.length ?? 0) } },
    severity: severities[severity],
    source: "devloop",
    message: text.join("\n"),
  };
}
