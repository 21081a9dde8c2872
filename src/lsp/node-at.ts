/** The key or value at an offset of a document, and its path. In broken text, the readable parts are used. */
import { isMap, isScalar, isSeq, type Pair, parseAllDocuments } from "yaml";
import type { Path } from "./schema-path.ts";

export interface Found {
  readonly on: "key" | "value";
  readonly path: Path;
  /** Text of the scalar. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** The document around it as plain data. */
  readonly data: unknown;
}

export function nodeAt(text: string, offset: number): Found | undefined {
  for (const document of parseAllDocuments(text, { uniqueKeys: false, logLevel: "silent" })) {
    const { contents, range } = document;
    if (offset < range[0] || offset > range[2]) continue;
    const found = search(contents, offset, []);
    if (found) return { ...found, data: plain(() => document.toJS()) };
  }
  return undefined;
}

/** Every document as plain data; an unreadable one is empty. */
export function dataOf(text: string): readonly unknown[] {
  return parseAllDocuments(text, { uniqueKeys: false, logLevel: "silent" }).map((document) =>
    plain(() => document.toJS()),
  );
}

function plain(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return {};
  }
}

function search(node: unknown, offset: number, path: Path): Omit<Found, "data"> | undefined {
  if (isMap(node)) {
    for (const pair of node.items as Pair[]) {
      const key = isScalar(pair.key) ? String(pair.key.value) : "";
      const found = scalarAt(pair.key, offset, "key", [...path, key]) ?? search(pair.value, offset, [...path, key]);
      if (found) return found;
    }
    return undefined;
  }
  if (isSeq(node)) {
    for (const [i, item] of node.items.entries()) {
      const found = search(item, offset, [...path, i]);
      if (found) return found;
    }
    return undefined;
  }
  return scalarAt(node, offset, "value", path);
}

function scalarAt(node: unknown, offset: number, on: Found["on"], path: Path): Omit<Found, "data"> | undefined {
  if (!isScalar(node) || !node.range) return undefined;
  const [start, end] = node.range;
  if (offset < start || offset > end) return undefined;
  return { on, path, text: String(node.value ?? ""), start, end };
}
