/**
 * What went wrong, as data. Every message of devloop about a fault is a Diagnostic: where (file, line, column), what,
 * and what to do. `print.ts` makes text for the terminal from it; machines get it as JSON.
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
  /** Evidence, one line each: for example the last output of a command, or a message of the cluster. */
  readonly details?: readonly string[];
  /** Set where the cause may pass by itself: the same work may succeed when it is tried again later. */
  readonly passing?: true;
  /** The external command that failed, as it can be typed into a shell. Secrets are already masked. */
  readonly command?: string;
}
