/**
 * Paths of JSON patches: keys and list positions after slashes, `~1` for a slash and `~0` for a tilde in a key. A part
 * with `=` selects every map below that has the text in the field, at any depth: `/build/artifacts/image=web/context`.
 */
import type { Node } from "../yaml/tree.ts";

export type Step = string | number;

/** A path that matches no place; `missing` holds the parts up to the one that was not found. */
export interface Nowhere {
  readonly missing: readonly string[];
  readonly canBeAdded: boolean;
}

/** The parts of a path, or undefined where it does not begin with a slash. */
export function pointerParts(path: string): readonly string[] | undefined {
  if (path === "") return [];
  if (!path.startsWith("/")) return undefined;
  return path
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The path that consists of these parts. */
export function pointerText(parts: readonly string[]): string {
  return parts.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/**
 * Every place that the path selects, as keys and indexes from the root. The last part need not exist; all others must.
 * Where a part is not found: the parts up to it, and whether a key could be added there.
 */
export function resolvePointer(root: Node, parts: readonly string[]): readonly (readonly Step[])[] | Nowhere {
  let places: { steps: readonly Step[]; node: Node | undefined }[] = [{ steps: [], node: root }];
  for (const [i, part] of parts.entries()) {
    const next: typeof places = [];
    for (const { steps, node } of places) next.push(...descend(node, part, steps, i === parts.length - 1));
    if (next.length === 0)
      return { missing: parts.slice(0, i + 1), canBeAdded: places.some(({ node }) => isKey(node, part)) };
    places = next;
  }
  return places.map(({ steps }) => steps);
}

function descend(node: Node | undefined, part: string, steps: readonly Step[], last: boolean) {
  if (!node || node.kind === "scalar") return [];
  const own = step(node, part);
  if (own !== undefined) {
    const found = valueAt(node, [own]);
    return found || last ? [{ steps: [...steps, own], node: found }] : [];
  }
  const equals = part.indexOf("=");
  if (equals <= 0) return [];
  return select(node, part.slice(0, equals), part.slice(equals + 1), steps);
}

/** Whether the part is the key of a map, rather than an index or a selection. */
function isKey(node: Node | undefined, part: string): boolean {
  return node?.kind === "map" && step(node, part) === part;
}

function step(node: Node, part: string): Step | undefined {
  if (node.kind === "map") return node.entries.has(part) || !part.includes("=") ? part : undefined;
  if (node.kind !== "list") return undefined;
  if (part === "-") return node.items.length;
  return /^\d{1,9}$/.test(part) ? Number(part) : undefined;
}

function select(
  node: Node,
  key: string,
  value: string,
  steps: readonly Step[],
): { steps: readonly Step[]; node: Node }[] {
  if (node.kind === "map") {
    const field = node.entries.get(key)?.node;
    if (field?.kind === "scalar" && field.text === value) return [{ steps, node }];
    return [...node.entries].flatMap(([name, entry]) => select(entry.node, key, value, [...steps, name]));
  }
  if (node.kind === "list") return node.items.flatMap((item, i) => select(item, key, value, [...steps, i]));
  return [];
}

export function valueAt(node: Node, steps: readonly Step[]): Node | undefined {
  let at: Node | undefined = node;
  for (const part of steps) {
    if (at?.kind === "map" && typeof part === "string") at = at.entries.get(part)?.node;
    else if (at?.kind === "list" && typeof part === "number") at = at.items[part];
    else return undefined;
  }
  return at;
}
