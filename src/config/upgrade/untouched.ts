/**
 * Documents that equal a document of the newest version apart from the apiVersion: no step starts at or after their
 * version, and the newest version has every key. Other documents are left to `upgrade.ts`.
 */
import type { MapNode, Node } from "../yaml/tree.ts";
import type { FieldShape, Shape } from "./history/notation.ts";
import { shapeOf } from "./history/shapes.ts";
import { steps } from "./steps.ts";
import { apiVersion, compareVersions, newest, type Version } from "./versions.ts";

/** The document as one of the newest version; undefined where it must be upgraded. */
export function untouched(tree: MapNode, version: Version): MapNode | undefined {
  if (version === newest) return tree;
  const entry = tree.entries.get("apiVersion");
  if (entry?.node.kind !== "scalar" || steps.some(({ from }) => compareVersions(from, version) >= 0)) return undefined;
  const named = new Map([...tree.entries].filter(([key]) => !key.startsWith(".")));
  if (!hasOnlyKeysOf({ ...tree, entries: named }, shapeOf(version))) return undefined;
  const text = apiVersion(newest);
  const node = { ...entry.node, value: text, text, quoted: false };
  return { ...tree, entries: new Map(tree.entries).set("apiVersion", { ...entry, node }) };
}

function hasOnlyKeysOf(map: MapNode, { fields }: Shape): boolean {
  for (const [key, { node }] of map.entries) {
    const field = fields.get(key);
    if (!field || !fits(node, field)) return false;
  }
  return true;
}

/** Only keys are checked: the schema refuses a list in the place of a map. */
function fits(node: Node, { kind, shape }: FieldShape): boolean {
  if (!shape) return true;
  if (kind === "one") return node.kind !== "map" || hasOnlyKeysOf(node, shape);
  return (
    kind !== "list" ||
    node.kind !== "list" ||
    node.items.every((item) => item.kind !== "map" || hasOnlyKeysOf(item, shape))
  );
}
