/**
 * The changes of an upgrade and its diagnostics, as data. A change names the field before and after as a reader would
 * (`build.artifacts[0].image`), and its place in the user's file.
 */
import type { Diagnostic, Place, Severity } from "../../diag/diagnostic.ts";
import type { Source } from "../yaml/source.ts";
import type { Version } from "./versions.ts";

export type ChangeKind =
  /** The apiVersion itself. */
  | "version"
  /** The key has another name at the same place. */
  | "renamed"
  /** The value is at another place. */
  | "moved"
  /** The value is at a second place too. */
  | "copied"
  /** The value has another form. */
  | "rewritten"
  /** The field is deleted. */
  | "removed"
  /** An implied value is written out now. */
  | "added";

export interface Change {
  readonly kind: ChangeKind;
  /** The field before the change; absent for `added`. */
  readonly from?: string;
  /** The field after the change; absent for `removed`. */
  readonly to?: string;
  readonly at: Place;
  /** The version whose shape the document has after the change. */
  readonly version: Version;
}

/** A replacement in the text of the file. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Start and end in the text; the YAML reader's third number is ignored. */
export type Span = readonly [number, number, ...number[]];

/** Collects changes and diagnostics of the upgrade of one document. */
export class Log {
  readonly source: Source;
  readonly changes: Change[] = [];
  readonly diagnostics: Diagnostic[] = [];
  /**
   * Text replacements with the same effect as the edits of the tree; undefined once the tree changed in another way.
   */
  edits: TextEdit[] | undefined = [];
  /** The version that is being upgraded to. */
  version: Version;
  /**
   * True where the document is newer than the step's version: then only its old keys are edited, and nothing is
   * inferred.
   */
  lenient = false;

  constructor(source: Source, version: Version) {
    this.source = source;
    this.version = version;
  }

  /** Adds a change of structure, or with `edit` a change that is only a text replacement. */
  change(change: Omit<Change, "at" | "version">, span: Span, edit?: TextEdit): void {
    this.changes.push({ ...change, at: this.source.place(span[0], span[1]), version: this.version });
    if (edit) this.edits?.push(edit);
    else this.edits = undefined;
  }

  say(severity: Severity, message: string, span: Span, suggestion?: string): void {
    const at = this.source.place(span[0], span[1]);
    this.diagnostics.push({ severity, message, at, ...(suggestion === undefined ? {} : { suggestion }) });
  }
}

/**
 * Merges successive changes of one value into one, from the first form to the last. A value that returned to its first
 * form is left out.
 */
export function combined(changes: readonly Change[]): readonly Change[] {
  const found: Change[] = [];
  for (const change of changes) {
    const index = found.findLastIndex((earlier) => continues(earlier, change));
    const earlier = found[index];
    if (!earlier) found.push(change);
    else
      found[index] = {
        ...change,
        ...(earlier.from === undefined ? {} : { from: earlier.from }),
        kind: kindOf(earlier, change),
      };
  }
  return found;
}

const lasting: readonly ChangeKind[] = ["renamed", "moved", "rewritten"];

function continues(earlier: Change, later: Change): boolean {
  const same = earlier.at.line === later.at.line && earlier.at.column === later.at.column;
  const kinds = lasting.includes(earlier.kind) && (lasting.includes(later.kind) || later.kind === "removed");
  return same && kinds && earlier.to === later.from;
}

function kindOf({ from = "" }: Change, { kind, to = "" }: Change): ChangeKind {
  if (kind === "removed" || from === to) return kind === "removed" ? kind : "rewritten";
  const parent = (path: string): string => path.slice(0, path.lastIndexOf(".") + 1);
  return parent(from) === parent(to) ? "renamed" : "moved";
}
