/**
 * What an upgrade did and what it has to say, as data. A change names the field before and after in the words of a
 * reader (`build.artifacts[0].image`) and the place in the user's file that it comes from.
 */
import type { Diagnostic, Place, Severity } from "../../diag/diagnostic.ts";
import type { Source } from "../yaml/source.ts";
import type { Version } from "./versions.ts";

export type ChangeKind =
  /** The apiVersion itself. */
  | "version"
  /** Another key at the same place. */
  | "renamed"
  /** The same value somewhere else. */
  | "moved"
  /** The value is there a second time. */
  | "copied"
  /** Another form of the value. */
  | "rewritten"
  /** Nothing is left of it. */
  | "removed"
  /** It was implied before and is written now. */
  | "added";

export interface Change {
  readonly kind: ChangeKind;
  /** The field as it was; absent for `added`. */
  readonly from?: string;
  /** The field as it is now; absent for `removed`. */
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

/** Start and end in the text; a third number as the YAML reader has it is not looked at. */
export type Span = readonly [number, number, ...number[]];

/** Collects changes and complaints of the upgrade of one document. */
export class Log {
  readonly source: Source;
  readonly changes: Change[] = [];
  readonly diagnostics: Diagnostic[] = [];
  /** Replacements that do to the text what was done to the tree; undefined once the tree changed in any other way. */
  edits: TextEdit[] | undefined = [];
  /** The version that is being upgraded to. */
  version: Version;
  /** The document is newer than what the step upgrades: only its old keys are edited, nothing is inferred. */
  lenient = false;

  constructor(source: Source, version: Version) {
    this.source = source;
    this.version = version;
  }

  /** A change of structure, or with `edit` one that is only a replacement in the text. */
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

/** Several changes of one value after another as one: from the first form to the last. What came back to itself stays. */
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
