/**
 * YAML values for the rest of the configuration: aliases followed, merge keys merged, every node with its place. Nodes
 * never change: profiles and patches make new nodes along the changed path and share the rest.
 */
import type { Place } from "../../diag/diagnostic.ts";
import type { Json } from "../../std/data/json.ts";
import type { Source } from "./source.ts";

interface Origin {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
  /** The profile that put this node (and all below it) there. */
  readonly profile?: string;
}

export interface MapNode extends Origin {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Entry>;
  /** Keys that were removed because their values are invalid; they do not count as missing. */
  readonly broken?: ReadonlySet<string>;
}

/** A key with its own place, and its value. */
export interface Entry {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
  readonly node: Node;
}

export interface ListNode extends Origin {
  readonly kind: "list";
  readonly items: readonly Node[];
}

export interface ScalarNode extends Origin {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** The text as written, without quotes: `1.10`, `yes`. */
  readonly text: string;
  /** True for a value in quotes, in a block, or tagged as text: it is a text whatever it looks like. */
  readonly quoted: boolean;
}

export type Node = MapNode | ListNode | ScalarNode;

export function placeOf(node: Node | Entry): Place {
  return node.source.place(node.start, node.end);
}

/** `key:` without a value counts as absent. */
export function isNull(node: Node | undefined): boolean {
  return node === undefined || (node.kind === "scalar" && node.value === null);
}

/** The child of a map; undefined where it is absent or null. */
export function child(node: Node | undefined, key: string): Node | undefined {
  if (node?.kind !== "map") return undefined;
  const found = node.entries.get(key)?.node;
  return isNull(found) ? undefined : found;
}

/** The text of a scalar child. */
export function childText(node: Node | undefined, key: string): string | undefined {
  const found = child(node, key);
  return found?.kind === "scalar" ? found.text : undefined;
}

export function childItems(node: Node | undefined, key: string): readonly Node[] {
  const found = child(node, key);
  return found?.kind === "list" ? found.items : [];
}

/** The node with all below it as plain data. */
export function toJson(node: Node): Json {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(toJson);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, toJson(entry.node)]));
}

export function withoutEntry(map: MapNode, key: string): MapNode {
  const entries = new Map(map.entries);
  entries.delete(key);
  return { ...map, entries };
}
