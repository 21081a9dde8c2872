/**
 * Plain data as YAML in block style for people: two columns per level, lists indented below their key, texts of several
 * lines as blocks. Any reader of YAML 1.1 or 1.2 gets the same data back. Written by hand, because the YAML library
 * takes most of the time of printing a large configuration.
 */
import { isJsonRecord, type Json } from "../../std/data/json.ts";
import { visibleJson } from "../../std/text/visible.ts";

/** A whole document, with a line end. */
export function yamlText(value: Json): string {
  const lines: string[] = [];
  if (isCollection(value)) write(value, "", lines);
  else lines.push(inline(value, ""));
  return `${lines.join("\n")}\n`;
}

/** Lines of a collection that is not empty; each begins with the indentation. */
function write(value: Json, indent: string, lines: string[]): void {
  if (isJsonRecord(value)) {
    for (const [key, item] of Object.entries(value)) entry(`${indent}${scalar(key)}:`, item, indent, lines);
    return;
  }
  for (const item of value as readonly Json[]) {
    if (!isCollection(item)) {
      lines.push(`${indent}- ${inline(item, indent)}`);
      continue;
    }
    // The first line of an item stands behind its dash.
    const first = lines.length;
    write(item, `${indent}  `, lines);
    lines[first] = `${indent}- ${(lines[first] ?? "").slice(indent.length + 2)}`;
  }
}

function entry(head: string, item: Json, indent: string, lines: string[]): void {
  if (isCollection(item)) {
    lines.push(head);
    write(item, `${indent}  `, lines);
  } else lines.push(`${head} ${inline(item, indent)}`);
}

/** Whether the value is a map or list with items. */
function isCollection(value: Json): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function inline(value: Json, indent: string): string {
  if (typeof value === "string") return block(value, indent) ?? scalar(value);
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? "[]" : "{}";
}

/** Texts that are written without quotes: a letter and then these characters, or numbers with two points or more... */
const plain = /^(?:[A-Za-z/$][\w ./$@%+~^(=)*-]*(?:[:][\w./$@%+~^(=)*-]+)*|\d+(?:\.\d+){2,})$/;
/** ...unless a YAML reader takes the word for a value of another type. */
const reserved = /^(?:y|n|yes|no|on|off|true|false|null|~|e[-+]?\d+)$/i;

function scalar(text: string): string {
  if (plain.test(text) && !reserved.test(text) && !text.endsWith(" ")) return text;
  // JSON's escapes are valid YAML. Line ends that only one of the two knows are escaped as well, and what a terminal
  // would obey.
  return visibleJson(JSON.stringify(text)).replaceAll("\ufeff", "\\ufeff");
}

/** The text as a block of lines; undefined where a block would change the text. */
function block(text: string, indent: string): string | undefined {
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  if (!body.includes("\n") || !/^[\t\n\x20-\x7e\u00a0-\u061b\u061d-\u1fff]*$/.test(text)) return undefined;
  const lines = body.split("\n");
  if (/^\s|^$/.test(lines[0] ?? "") || lines.at(-1)?.trim() === "" || lines.some((line) => /\s$/.test(line)))
    return undefined;
  const inside = lines.map((line) => (line === "" ? "" : `${indent}  ${line}`));
  return `|${text.endsWith("\n") ? "" : "-"}\n${inside.join("\n")}`;
}
