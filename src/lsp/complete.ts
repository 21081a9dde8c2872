/**
 * Completions at a cursor: keys of the schema that the map lacks, values of an enumeration, and names that the file (or
 * a required one) defines. Nothing is offered where any text is allowed.
 */
import type { Field, Type } from "../config/schema/type.ts";
import { apiVersion, versions } from "../config/upgrade/versions.ts";
import { cursorAt } from "./cursor.ts";
import { type Names, namesIn, valueAt } from "./names.ts";
import { dataOf } from "./node-at.ts";
import { type CompletionItem, itemKinds, type Position } from "./protocol.ts";
import { requiredTexts } from "./required.ts";
import { type Path, shapeOf, typeAt, typeWords } from "./schema-path.ts";
import type { OpenText } from "./text.ts";

export function complete(document: OpenText, { line, character }: Position): readonly CompletionItem[] {
  const cursor = cursorAt(document.lines, line, character);
  if (!cursor) return [];
  const { on, path, taken, indent } = cursor;
  const type = typeAt(path);
  if (on === "key" && type?.kind === "object") return keysOf(type.fields, taken, indent);
  const named = namesAt(document, path);
  if (named.length > 0) return named;
  const value = on === "value" ? type : type?.kind === "list" ? type.of : type;
  return value ? valuesOf(value) : [];
}

function keysOf(fields: Readonly<Record<string, Field>>, taken: readonly string[], indent: number): CompletionItem[] {
  return Object.entries(fields)
    .filter(([name, { dialect }]) => !taken.includes(name) && dialect === undefined)
    .map(([name, { type, description, fallback }]) => ({
      label: name,
      kind: itemKinds.field,
      detail: typeWords(type),
      documentation: fallback === undefined ? description : `${description} Default: ${fallback}.`,
      insertText: `${name}:${opening(type, indent)}`,
    }));
}

/** The text behind a completed key: a new line where the value has lines of its own. */
function opening(type: Type, indent: number): string {
  if (type.kind === "list") return `\n${" ".repeat(indent + 2)}- `;
  return type.kind === "object" || type.kind === "map" ? `\n${" ".repeat(indent + 2)}` : " ";
}

function valuesOf(type: Type): CompletionItem[] {
  const values = type.kind === "bool" ? ["true", "false"] : type.kind === "string" ? (type.values ?? []) : [];
  return values.map((label) => ({ label, kind: itemKinds.value }));
}

function namesAt(document: OpenText, path: Path): CompletionItem[] {
  const shape = shapeOf(path).replace(/^profiles\[\]\./, "");
  if (shape === "apiVersion") return items([...versions].reverse().map(apiVersion), "version");
  if (shape === "kind") return items(["Config"], "kind");
  const own = namesIn(dataOf(document.text));
  // In a list of texts the cursor may be at the list or at an item of it.
  switch (shape.replace(/\[\]$/, "")) {
    case "build.artifacts[].requires[].image":
    case "test[].image":
    case "deploy.docker.images":
      return items(own.artifacts, "artifact");
    case "requires[].activeProfiles[].activatedBy":
      return items(own.profiles, "profile");
    case "requires[].activeProfiles[].name":
      return items(required(document, path).profiles, "profile");
    case "requires[].configs":
      return items(required(document, path).modules, "module");
    default:
      return [];
  }
}

/** The names of the file that the requirement around the path refers to. */
function required(document: OpenText, path: Path): Names {
  const at = path.slice(0, 2);
  const requirement = dataOf(document.text).map((data) => valueAt(data, at));
  const text = requirement.flatMap((each) => requiredTexts(document, each))[0];
  return namesIn(dataOf(text ?? ""));
}

function items(labels: readonly string[], detail: string): CompletionItem[] {
  return labels.map((label) => ({ label, kind: itemKinds.reference, detail }));
}
