/**
 * An edited document as text, in the style of its file: width of indentation, whether lists are indented below their
 * key, blanks inside of brackets, line ends. A JSON file stays JSON.
 */
import { type Document, isMap, isSeq, type Pair, type ToStringOptions } from "yaml";

export function printDocuments(documents: readonly Document[], text: string): string {
  if (isJson(text)) return `${JSON.stringify(documents[0]?.toJS(), undefined, 2)}\n`;
  const options = styleOf(documents, text);
  const bom = text.startsWith("\u{feff}") ? "\u{feff}" : "";
  const printed = documents.map((document, i) => printDocument(document, i, options)).join("");
  return bom + (text.includes("\r\n") ? printed.replace(/\r?\n/g, "\r\n") : printed);
}

function printDocument(document: Document, index: number, options: ToStringOptions): string {
  const printed = document.toString(options);
  return index > 0 && !/^(?:%|---)/m.test(printed.split("\n", 1)[0] ?? "") ? `---\n${printed}` : printed;
}

function isJson(text: string): boolean {
  if (!/^\s*\{/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * The style of the text. The first place that shows a habit decides it; where no place does, a usual default is taken.
 */
function styleOf(documents: readonly Document[], text: string): ToStringOptions {
  const seen: { indent?: number; indentSeq?: boolean; padding?: boolean } = {};
  for (const document of documents) look(document.contents, text, seen);
  return {
    lineWidth: 0,
    indent: seen.indent ?? 2,
    indentSeq: seen.indentSeq ?? true,
    flowCollectionPadding: seen.padding ?? true,
  };
}

function look(node: unknown, text: string, seen: { indent?: number; indentSeq?: boolean; padding?: boolean }): void {
  if (!isMap(node) && !isSeq(node)) return;
  const start = node.range?.[0];
  if (node.flow === true) {
    if (start !== undefined && node.items.length > 0) seen.padding ??= /\s/.test(text[start + 1] ?? "");
    return;
  }
  for (const item of node.items) {
    if (isMap(node)) lookAtPair(item as Pair, text, seen);
    look(isMap(node) ? (item as Pair).value : item, text, seen);
  }
}

function lookAtPair(pair: Pair, text: string, seen: { indent?: number; indentSeq?: boolean }): void {
  const { key, value } = pair as { key: { range?: [number, number, number] | null } | null; value: unknown };
  if (!key?.range || !(isMap(value) || isSeq(value)) || value.flow === true || !value.range) return;
  const deeper = columnOf(text, value.range[0]) - columnOf(text, key.range[0]);
  if (isSeq(value)) seen.indentSeq ??= deeper > 0;
  else if (deeper >= 1) seen.indent ??= deeper;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}
