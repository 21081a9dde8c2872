/**
 * Applies the JSON patches of a profile, in order, to the tree with the profile's sections merged in. Decides what each
 * operation does and when it fails; a failing patch changes nothing and is an error at its own place.
 */
import { canonical } from "../../std/data/json.ts";
import { complain, type Report } from "../schema/report.ts";
import { child, childItems, childText, type Entry, type MapNode, type Node, toJson } from "../yaml/tree.ts";
import { stamped } from "./overlay.ts";
import { type Nowhere, pointerParts, pointerText, resolvePointer, type Step, valueAt } from "./pointer.ts";

/** Applies all patches of a profile. */
export function applyPatches(root: MapNode, profileNode: Node, profile: string, report: Report): MapNode {
  let tree: Node = root;
  for (const patch of childItems(profileNode, "patches")) {
    const result = applyPatch(tree, patch, profile);
    if ("kind" in result) tree = result;
    else {
      const message = `the patch cannot be applied: ${result.why}`;
      complain(report, "error", child(patch, "path") ?? patch, message, result.suggestion);
    }
  }
  return tree.kind === "map" ? tree : root;
}

interface Fault {
  readonly why: string;
  readonly suggestion?: string;
}

/** The patched tree, or the reason why the patch fails. */
function applyPatch(root: Node, patch: Node, profile: string): Node | Fault {
  const path = pointerParts(childText(patch, "path") ?? "");
  if (!path) return { why: "its path has to begin with /" };
  const op = childText(patch, "op") ?? "replace";
  const places = resolvePointer(root, path);
  if ("missing" in places) return nowhere(places, op, path);
  const result = operateAt(root, patch, op, places, profile);
  return typeof result === "string" ? { why: result } : result;
}

/**
 * The fault of a path that does not exist. As in JSON patches, an operation creates only the last part of its path; the
 * message suggests adding the missing parent as a whole.
 */
function nowhere({ missing, canBeAdded }: Nowhere, op: string, path: readonly string[]): Fault {
  const shown = pointerText(missing);
  const why = `nothing is at ${shown}`;
  if (!canBeAdded || !["add", "replace"].includes(op)) return { why };
  const value = path.slice(missing.length).reduceRight((below, part) => `{${part}: ${below}}`, "...");
  return { why, suggestion: `add ${shown} as a whole: {op: add, path: ${shown}, value: ${value}}` };
}

function operateAt(
  root: Node,
  patch: Node,
  op: string,
  places: readonly (readonly Step[])[],
  profile: string,
): Node | string {
  const given = patch.kind === "map" ? patch.entries.get("value")?.node : undefined;
  const value = given && stamped(given, profile);
  const source = op === "move" || op === "copy" ? fromOf(root, patch) : undefined;
  if (typeof source === "string") return source;
  let tree = source && op === "move" ? (remove(root, source.steps) ?? root) : root;
  // Places are processed from the last to the first, so that removing and inserting list items does not move later
  // places.
  for (const steps of [...places].reverse()) {
    const next = operate(tree, op, steps, source ? stamped(source.node, profile) : value);
    if (typeof next === "string") return next;
    tree = next;
  }
  return tree;
}

function fromOf(root: Node, patch: Node): { steps: readonly Step[]; node: Node } | string {
  const from = childText(patch, "from");
  if (from === undefined) return "it needs from:";
  const parts = pointerParts(from);
  if (!parts) return "from has to begin with /";
  const places = resolvePointer(root, parts);
  if ("missing" in places) return `nothing is at ${pointerText(places.missing)}`;
  const steps = places[0];
  const node = steps && valueAt(root, steps);
  return steps && node ? { steps, node } : `nothing is at ${from}`;
}

function operate(tree: Node, op: string, steps: readonly Step[], value: Node | undefined): Node | string {
  const there = valueAt(tree, steps);
  const shown = `/${steps.join("/")}`;
  switch (op) {
    case "add":
    case "move":
    case "copy":
      if (!value) return "it needs value:";
      return put(tree, steps, value, "insert") ?? `nothing can be put at ${shown}`;
    case "replace":
      if (!value) return "it needs value:";
      if (!there) return `nothing is at ${shown}; use op: add`;
      return put(tree, steps, value, "set") ?? `nothing can be put at ${shown}`;
    case "remove":
      if (!there) return `nothing is at ${shown}`;
      return remove(tree, steps) ?? `${shown} cannot be removed`;
    case "test":
      if (there && value && canonical(toJson(there)) === canonical(toJson(value))) return tree;
      return there ? `${shown} has another value` : `nothing is at ${shown}`;
    default:
      return `there is no operation ${op}`;
  }
}

/** The tree with a value at a place; undefined where the place cannot exist. */
function put(tree: Node, steps: readonly Step[], value: Node, how: "insert" | "set"): Node | undefined {
  return (
    change(tree, steps, (parent, last) => {
      if (parent.kind === "map" && typeof last === "string") {
        const entry: Entry = parent.entries.get(last) ?? {
          source: value.source,
          start: value.start,
          end: value.end,
          node: value,
        };
        return { ...parent, entries: new Map(parent.entries).set(last, { ...entry, node: value }) };
      }
      if (parent.kind !== "list" || typeof last !== "number" || last > parent.items.length) return undefined;
      return { ...parent, items: parent.items.toSpliced(last, how === "set" ? 1 : 0, value) };
    }) ?? (steps.length === 0 ? value : undefined)
  );
}

function remove(tree: Node, steps: readonly Step[]): Node | undefined {
  return change(tree, steps, (parent, last) => {
    if (parent.kind === "list" && typeof last === "number")
      return { ...parent, items: parent.items.toSpliced(last, 1) };
    if (parent.kind !== "map" || typeof last !== "string") return undefined;
    const entries = new Map(parent.entries);
    entries.delete(last);
    return { ...parent, entries };
  });
}

function change(
  tree: Node,
  steps: readonly Step[],
  edit: (parent: Node, last: Step) => Node | undefined,
): Node | undefined {
  const [first, ...rest] = steps;
  if (first === undefined) return undefined;
  if (rest.length === 0) return edit(tree, first);
  const below = valueAt(tree, [first]);
  const changed = below && change(below, rest, edit);
  if (!changed) return undefined;
  if (tree.kind === "map" && typeof first === "string") {
    const entry = tree.entries.get(first) as Entry;
    return { ...tree, entries: new Map(tree.entries).set(first, { ...entry, node: changed }) };
  }
  if (tree.kind !== "list" || typeof first !== "number") return undefined;
  return { ...tree, items: tree.items.with(first, changed) };
}
