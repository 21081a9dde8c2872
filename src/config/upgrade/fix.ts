/**
 * The text of a config file in another version: every document upgraded, old keys and common mistakes rewritten, with
 * comments and order kept. Where only names changed, all other bytes stay. With an error nothing is changed.
 */
import { isMap, parseAllDocuments } from "yaml";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { toTree } from "../yaml/convert.ts";
import { readYaml } from "../yaml/read.ts";
import { Source } from "../yaml/source.ts";
import { type Change, combined, Log, type TextEdit } from "./change.ts";
import { rewriteDeviations } from "./deviations.ts";
import { printDocuments } from "./print.ts";
import { pipelinesOf } from "./step.ts";
import { upgradeDocument } from "./upgrade.ts";
import { compareVersions, newest, type Version } from "./versions.ts";

export interface Fixed {
  /** The unchanged text where no change is needed or where an error occurred. */
  readonly text: string;
  /** One entry per value, from its first form to its last. Empty where no change is needed. */
  readonly changes: readonly Change[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The table of deviations describes manifests in their shape since this version. */
const firstWithManifests = "v3alpha1" as Version;

/** @param file the file's name in messages */
export function fixText(text: string, file: string, to: Version = newest): Fixed {
  const source = new Source(file, file, text);
  const diagnostics: Diagnostic[] = [];
  const documents = readYaml(source, (d) => diagnostics.push(d)).map(({ document }) => document);
  const changes: Change[] = [];
  let edits: TextEdit[] | undefined = [];
  for (const document of documents) toTree(document, source, (d) => diagnostics.push(d));
  if (diagnostics.some(({ severity }) => severity === "error")) return { text, changes: [], diagnostics };
  for (const document of documents) {
    const upgraded = upgradeDocument(document, { source, to, anyKeys: true });
    const rewritten = new Log(source, to);
    if (isMap(document.contents) && compareVersions(to, firstWithManifests) >= 0) {
      const { root, profiles } = pipelinesOf(document.contents, rewritten);
      for (const pipeline of [root, ...profiles]) rewriteDeviations(pipeline);
    }
    changes.push(...upgraded.changes, ...rewritten.changes);
    diagnostics.push(...upgraded.diagnostics, ...rewritten.diagnostics);
    edits = edits && upgraded.edits && rewritten.edits ? [...edits, ...upgraded.edits, ...rewritten.edits] : undefined;
  }
  if (changes.length === 0 || diagnostics.some(({ severity }) => severity === "error"))
    return { text, changes: [], diagnostics };
  const fixed = (edits && edited(text, edits, documents.length)) ?? printDocuments(documents, text);
  return { text: fixed, changes: combined(changes), diagnostics };
}

/** The text with replacements; undefined where the result could not be read again. */
function edited(text: string, edits: readonly TextEdit[], documents: number): string | undefined {
  const last = new Map<number, TextEdit>(edits.map((edit) => [edit.start, edit]));
  const inOrder = [...last.values()].sort((a, b) => b.start - a.start);
  const result = inOrder.reduce((rest, { start, end, text: by }) => rest.slice(0, start) + by + rest.slice(end), text);
  const read = parseAllDocuments(result, { uniqueKeys: false, logLevel: "silent" });
  return read.length >= documents && read.every(({ errors }) => errors.length === 0) ? result : undefined;
}
