/**
 * What went wrong, as data. Every complaint of devloop is a Diagnostic: where (file, line, column), what, and what to
 * do. Words for the terminal are made from it in `print.ts`; machines get it as JSON.
 */

/** A range of characters in a text file. Lines and columns count from 1; `length` is in UTF-16 units, at least 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
  /** The whole line, without its end, as the user wrote it. */
  readonly text: string;
}

export type Severity = "error" | "warning" | "hint";

export interface Diagnostic {
  readonly severity: Severity;
  /** One sentence, lower-case start, no full stop. */
  readonly message: string;
  readonly at?: Place;
  /** What to do about it: one sentence. */
  readonly suggestion?: string;
  /** Evidence, a line each: the last output of a command, the cluster's own words. */
  readonly details?: readonly string[];
  /** Something was away that may be back: the same may succeed when it is tried again later. */
  readonly passing?: true;
  /** The external command that failed, as it can be typed into a shell. Secrets are already masked. */
  readonly command?: string;
}
