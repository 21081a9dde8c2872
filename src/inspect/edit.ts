/**
 * Edits config files as documents: comments, order and style stay. A document of an old version is upgraded to the
 * newest one first, because the edits are made for that one. Nothing is written unless the result of every file is
 * valid.
 */
import { readFile } from "node:fs/promises";
import { type Document, isMap, isSeq } from "yaml";
import { writeResult } from "../command/write-result.ts";
import { readDocuments } from "../config/load/documents.ts";
import type { LoadedModule } from "../config/load/load.ts";
import { printDocuments } from "../config/upgrade/print.ts";
import { upgradeDocument } from "../config/upgrade/upgrade.ts";
import { compareVersions, type Version, versionOf } from "../config/upgrade/versions.ts";
import { readYaml } from "../config/yaml/read.ts";
import { Source } from "../config/yaml/source.ts";
import type { Diagnostic } from "../diag/diagnostic.ts";
import { Failure } from "../diag/failure.ts";
import type { Json } from "../std/data/json.ts";

export type Edit = (document: Document, module: LoadedModule) => void;
export type Path = readonly (string | number)[];

/** Versions from this one on differ only in additions. */
const stable = "v4beta11" as Version;

/** @throws Failure, with no file changed */
export async function editModules(modules: readonly LoadedModule[], edit: Edit): Promise<void> {
  const byFile = Map.groupBy(modules, ({ module }) => module.file);
  const results = await Promise.all([...byFile].map(([file, there]) => edited(file, there, edit)));
  for (const { file, text } of results) await writeResult(file, text);
}

async function edited(file: string, modules: readonly LoadedModule[], edit: Edit) {
  const found: Diagnostic[] = [];
  const text = await readFile(file, "utf8");
  const source = new Source(file, file, text);
  const documents = readYaml(source, (d) => found.push(d)).map(({ document }) => document);
  for (const module of modules) {
    const document = documents[module.index];
    if (!document) throw new Failure(`${file} has changed meanwhile`);
    const version = versionOf(String(document.get("apiVersion") ?? ""));
    if (version === undefined || compareVersions(version, stable) < 0)
      found.push(...upgradeDocument(document, { source }).diagnostics);
    edit(document, module);
  }
  const result = printDocuments(documents, text);
  readDocuments(new Source(file, file, result), (d) => found.push(d));
  const [first, ...more] = found.filter(({ severity }) => severity === "error");
  if (first) throw new Failure(first, ...more);
  return { file, text: result };
}

/** Sets a value and makes missing maps on its path; a key without a value (`local:`) becomes a map. */
export function setAt(document: Document, path: Path, value: Json): void {
  for (let depth = 1; depth < path.length; depth++) {
    const above = path.slice(0, depth);
    const node = document.getIn(above, true);
    if (isMap(node) || isSeq(node)) continue;
    document.setIn(above, document.createNode({}));
  }
  document.setIn(path, document.createNode(value));
}

/** Appends to a list, which is made where it is missing. */
export function appendAt(document: Document, path: Path, value: Json): void {
  const list = document.getIn(path, true);
  if (isSeq(list)) list.add(document.createNode(value));
  else setAt(document, path, [value]);
}

/** Number of items of a list; 0 where there is none. */
export function lengthAt(document: Document, path: Path): number {
  const list = document.getIn(path, true);
  return isSeq(list) ? list.items.length : 0;
}
