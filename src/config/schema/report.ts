/** How checks of the configuration report diagnostics: always with a place, mostly with a suggestion. */
import type { Diagnostic, Severity } from "../../diag/diagnostic.ts";
import { type Entry, type Node, placeOf } from "../yaml/tree.ts";

export type Report = (d: Diagnostic) => void;

export function complain(
  report: Report,
  severity: Severity,
  at: Node | Entry,
  message: string,
  suggestion?: string,
): void {
  report({ severity, message, at: placeOf(at), ...(suggestion === undefined ? {} : { suggestion }) });
}

/** A report that drops repeated diagnostics: several aliases and modules may lead to the same place. */
export function once(report: Report): Report {
  const seen = new Set<string>();
  return (d) => {
    const key = `${d.at?.file}:${d.at?.line}:${d.at?.column}:${d.message}`;
    if (seen.has(key)) return;
    seen.add(key);
    report(d);
  };
}
