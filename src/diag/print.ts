/**
 * Diagnostics as text: `file:line:column`, the message, the source line with a caret run (not for a hint), evidence,
 * and a suggestion. Colours come from the caller as a painter; without one there are none. Text from servers and tools
 * loses its colours and control characters, and its further lines are shown as evidence, so that no line of it can look
 * like devloop's own.
 */
import { linesOf } from "../std/text/line-splitter.ts";
import { visible, visibleInPlace } from "../std/text/visible.ts";
import type { Diagnostic, Severity } from "./diagnostic.ts";

export type Painter = (text: string, role: Severity | "place" | "dim") => string;
const plain: Painter = (text) => text;

/** The text of one diagnostic, several lines, no line end at the end. */
export function printDiagnostic(d: Diagnostic, paint: Painter = plain): string {
  const lines: string[] = [];
  const [message = "", ...more] = shownLines(d.message);
  const head = `${paint(d.severity, d.severity)}: ${message}`;
  lines.push(d.at ? `${paint(`${visible(d.at.file)}:${d.at.line}:${d.at.column}`, "place")}: ${head}` : head);
  // A hint appears at every start, so it is kept to one line, which names its place.
  if (d.at && d.severity !== "hint")
    lines.push(...caret(d.at.line, d.at.column, d.at.length, d.at.text, paint, d.severity));
  if (d.command) lines.push(`  ${paint(`$ ${visible(d.command)}`, "dim")}`);
  for (const detail of [...more, ...(d.details ?? []).flatMap(shownLines)])
    lines.push(`  ${paint("|", "dim")} ${detail}`);
  if (d.suggestion) lines.push(`  ${paint("hint", "hint")}: ${visible(d.suggestion)}`);
  return lines.join("\n");
}

/**
 * Several diagnostics as one line, for a summary of a failure: the first error, and how many more there are. Where none
 * of them is an error, the first diagnostic.
 */
export function reasonOf(all: readonly Diagnostic[]): string | undefined {
  const serious = all.filter(({ severity }) => severity === "error");
  const errors = [...(serious.length > 0 ? serious : all)];
  const [first] = errors.sort(byPlace);
  if (first === undefined) return undefined;
  const at = first.at ? `${first.at.file}:${first.at.line}:${first.at.column}: ` : "";
  return `${at}${first.message}${errors.length > 1 ? ` (and ${errors.length - 1} more)` : ""}`;
}

function shownLines(text: string): string[] {
  return text === "" ? [""] : linesOf(text).map(visible);
}

/** The diagnostic with its file's path relative to `folder`, where the file lies below it. */
export function seenFrom(folder: string, d: Diagnostic): Diagnostic {
  if (!d.at?.file.startsWith(`${folder}/`)) return d;
  return { ...d, at: { ...d.at, file: d.at.file.slice(folder.length + 1) } };
}

/** All diagnostics, sorted by file and place, at most `cap` of them with a count of the rest. */
export function printDiagnostics(all: readonly Diagnostic[], paint: Painter = plain, cap = 20): string {
  const sorted = [...all].sort(byPlace);
  const shown = sorted.slice(0, cap).map((d) => printDiagnostic(d, paint));
  if (sorted.length > cap) shown.push(`... and ${sorted.length - cap} more`);
  return shown.join("\n");
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  if (!a.at || !b.at) return Number(Boolean(b.at)) - Number(Boolean(a.at));
  if (a.at.file !== b.at.file) return a.at.file < b.at.file ? -1 : 1;
  return a.at.line - b.at.line || a.at.column - b.at.column;
}

/** A long line is cut to a window around the caret, so that a minified file does not flood the terminal. */
function caret(line: number, column: number, length: number, text: string, paint: Painter, severity: Severity) {
  const width = 100;
  const from = column - 1 > width - 20 ? column - 1 - 40 : 0;
  const shown = visibleInPlace(text.slice(from, from + width).replaceAll("\t", " "));
  const at = column - 1 - from;
  const run = Math.max(1, Math.min(length, Math.max(1, shown.length - at)));
  const gutter = String(line);
  return [
    `${paint(`${gutter} |`, "dim")} ${from > 0 ? "…" : ""}${shown}`,
    `${paint(`${" ".repeat(gutter.length)} |`, "dim")} ${from > 0 ? " " : ""}${" ".repeat(at)}${paint("^".repeat(run), severity)}`,
  ];
}
