/**
 * A tree in a record or an output: its digest with a prefix, by which a reader recognises that it stands for a tree. A
 * comparison of two records can then list the paths that differ.
 */
import type { Json } from "../../std/data/json.ts";

const mark = "tree:";

/** A digest with the prefix. */
export type TreeMark = `tree:${string}`;

export function treeMark(digest: string): TreeMark {
  return `${mark}${digest}`;
}

/** The digest of the tree that a value stands for; undefined for any other value. */
export function markedTree(value: Json | undefined): string | undefined {
  return typeof value === "string" && /^tree:[0-9a-f]{64}$/.test(value) ? value.slice(mark.length) : undefined;
}
