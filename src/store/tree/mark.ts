/**
 * How a tree stands in a record or an output: by its digest, marked so that a reader knows that there is more behind it
 * than a text. Whoever compares two records can then say which paths differ.
 */
import type { Json } from "../../std/data/json.ts";

const mark = "tree:";

/** A marked digest. */
export type TreeMark = `tree:${string}`;

export function treeMark(digest: string): TreeMark {
  return `${mark}${digest}`;
}

/** The digest of the tree that a value stands for; undefined for any other value. */
export function markedTree(value: Json | undefined): string | undefined {
  return typeof value === "string" && /^tree:[0-9a-f]{64}$/.test(value) ? value.slice(mark.length) : undefined;
}
