/**
 * JSON patches of profiles, written for an old shape and applied to the newest one. A table rewrites their paths. A
 * value that is a whole section is upgraded like one: it is put into an otherwise empty pipeline at its path, the step
 * edits that pipeline, and the result becomes one or several patches.
 */
import { isCollection, isMap, isSeq, type Node, type YAMLSeq } from "yaml";
import type { Span } from "./change.ts";
import { Cursor } from "./cursor.ts";
import { newMap, newScalar, newSeq, spanOf } from "./nodes.ts";
import { filled, match, pointerOf, segmentsOf } from "./pointer.ts";
import { Reach } from "./reach.ts";

/** The new form of paths that match `from`: exactly one of the other fields is set. */
export interface PathRule {
  readonly from: string;
  readonly to?: string;
  /** The reason why the patch has no effect any more and is dropped. */
  readonly drop?: string;
  /** The reason why the patch has no counterpart and is refused. */
  readonly refuse?: string;
  /** Rewrites the value. */
  readonly value?: (value: Node, cause: Span) => Node;
}

export interface Rewriting {
  readonly rules: readonly PathRule[];
  /** The result for a patch that no rule can rewrite; undefined leaves the patch to the rules. */
  readonly special?: (patch: Patch) => readonly Target[] | undefined;
  /** The edit of a pipeline, for values that are sections. */
  readonly edit?: (pipeline: Cursor, root: Cursor) => void;
}

/** One patch of a profile, as far as it is well-formed. */
export interface Patch {
  readonly cursor: Cursor;
  readonly op: string;
  readonly segments: readonly string[];
  readonly value: Node | undefined;
  /** The place of the patch's path. */
  readonly span: Span;
}

/** A path with a value that a patch becomes; the first target replaces the patch itself. */
export interface Target {
  readonly segments: readonly string[];
  readonly value?: Node;
  /** Absent: the op of the patch. */
  readonly op?: string;
  /** The source of `move` and `copy`; absent: as in the patch. */
  readonly from?: string;
}

/** The patches of a profile that have a path; `value` is undefined where a patch has none. */
export function patchesOf(profile: Cursor): Patch[] {
  return profile.items("patches").flatMap((cursor) => {
    const segments = segmentsOf(cursor.text("path") ?? "");
    if (!segments || segments.length === 0) return [];
    const span = spanOf(cursor.node("path"), cursor.span("path"));
    return [{ cursor, op: cursor.text("op") ?? "replace", segments, value: cursor.node("value"), span }];
  });
}

/** Rewrites the patches of a profile whose root and own sections are upgraded already. */
export function rewritePatches(profile: Cursor, root: Cursor, rewriting: Rewriting): void {
  const reach = new Reach(root, profile);
  for (const patch of patchesOf(profile)) {
    const special = rewriting.special?.(patch);
    if (special) {
      replacePatch(profile, patch, special, reach);
      continue;
    }
    rewriteFrom(patch, rewriting.rules);
    if (applyRule(profile, patch, rewriting.rules, reach) || !rewriting.edit) continue;
    const targets = editValue(patch, root, rewriting.edit, reach);
    if (targets) replacePatch(profile, patch, targets, reach);
  }
}

/** Rewrites the source path of a `move` or `copy`. */
function rewriteFrom({ cursor }: Patch, rules: readonly PathRule[]): void {
  const segments = segmentsOf(cursor.text("from") ?? "");
  if (!segments || segments.length === 0) return;
  for (const { from, to } of rules) {
    const found = to === undefined ? undefined : match(from, segments);
    if (found && to !== undefined) return cursor.setText("from", pointerOf(filled(to, found)));
  }
}

/** Whether a rule matched the path. */
function applyRule(profile: Cursor, patch: Patch, rules: readonly PathRule[], reach: Reach): boolean {
  for (const rule of rules) {
    const found = match(rule.from, patch.segments);
    if (!found) continue;
    const shown = pointerOf(patch.segments);
    if (rule.refuse !== undefined) patch.cursor.error("path", `the patch of ${shown} cannot be upgraded`, rule.refuse);
    if (rule.drop !== undefined) {
      patch.cursor.warn("path", `the patch of ${shown} is dropped`, rule.drop);
      dropPatch(profile, patch);
    }
    if (rule.to === undefined && !rule.value) return true;
    const value = rule.value && patch.value ? rule.value(patch.value, patch.span) : patch.value;
    const segments = rule.to === undefined ? patch.segments : filled(rule.to, found);
    replacePatch(profile, patch, [{ segments, ...(value ? { value } : {}) }], reach);
    return true;
  }
  return false;
}

/** Removes a patch from its profile. */
function dropPatch(profile: Cursor, { cursor, span }: Patch): void {
  const list = profile.list("patches");
  if (!list) return;
  list.items.splice(list.items.indexOf(cursor.map), 1);
  cursor.log.change({ kind: "removed", from: cursor.path }, span);
}

/** Rewrites a patch to its first target and inserts the others behind it. Without targets the patch is removed. */
export function replacePatch(profile: Cursor, patch: Patch, targets: readonly Target[], reach: Reach): void {
  const [first, ...others] = targets;
  if (!first) return dropPatch(profile, patch);
  const { cursor, op, span } = patch;
  const own = first.op ?? op;
  const reached = own === "add" && first.value ? reach.toward(first.segments, first.value, span) : first;
  cursor.setText("path", pointerOf(reached.segments));
  if (own !== op) cursor.set("op", newScalar(own, span), span);
  if (first.from !== undefined) cursor.setText("from", first.from);
  if (reached.value && reached.value !== cursor.node("value")) cursor.rewrite("value", reached.value);
  const list = profile.list("patches") as YAMLSeq;
  let index = list.items.indexOf(cursor.map);
  for (const target of others) {
    list.items.splice(++index, 0, newPatch(target, target.op ?? op, span, reach));
    cursor.log.change({ kind: "added", to: pointerOf(target.segments) }, span);
  }
}

function newPatch(target: Target, op: string, span: Span, reach: Reach): Node {
  const reached = op === "add" && target.value ? reach.toward(target.segments, target.value, span) : target;
  return newMap(span, {
    ...(op === "replace" ? {} : { op: newScalar(op, span) }),
    path: newScalar(pointerOf(reached.segments), span),
    ...(target.from === undefined ? {} : { from: newScalar(target.from, span) }),
    ...(reached.value ? { value: reached.value } : {}),
  });
}

/** The targets that the step makes of the value; undefined where the value is no section or stays in place. */
function editValue(
  patch: Patch,
  root: Cursor,
  edit: (pipeline: Cursor, root: Cursor) => void,
  reach: Reach,
): Target[] | undefined {
  const { value, segments, span, cursor } = patch;
  if (!isCollection(value) || (patch.op !== "add" && patch.op !== "replace")) return undefined;
  const frame = new Frame(segments, value, span);
  edit(new Cursor(cursor.log, frame.root, `${cursor.path}:`), root);
  const targets = frame.targets(value, reach);
  const [only] = targets;
  if (targets.length === 1 && only?.value === value && pointerOf(only.segments) === pointerOf(segments))
    return undefined;
  const own = targets.findIndex((target) => target.value === value);
  const first = own > 0 ? targets.splice(own, 1) : [];
  return [...first, ...targets].map((target, i) => (i === 0 ? target : { ...target, op: "add" }));
}

/** An otherwise empty pipeline with one value in it, and the result of editing it. */
class Frame {
  readonly root = newMap([0, 0]);
  readonly #own = new Set<unknown>([this.root]);
  /** List index or selector of the only item of a list of the frame. */
  readonly #labels = new Map<unknown, string>();

  constructor(segments: readonly string[], value: Node, span: Span) {
    let inner: Node = value;
    for (const [i, segment] of [...segments.entries()].reverse()) {
      const inList = /^\d+$|^-$|=/.test(segment);
      const outer: Node = inList ? newSeq(span, [inner]) : newMap(span, { [segment]: inner });
      if (inList) this.#labels.set(outer, segment);
      this.#own.add(outer);
      if (i === 0 && isMap(outer)) this.root.items.push(...outer.items);
      inner = outer;
    }
  }

  /**
   * The largest parts that do not belong to the frame itself, each with its path, so that an existing section is not
   * replaced.
   */
  targets(value: Node, reach: Reach): Target[] {
    const found: Target[] = [];
    const visit = (node: unknown, segments: readonly string[]): void => {
      const open = this.#own.has(node) || (node !== value && isMap(node) && reach.has(segments));
      if (!open) found.push({ segments, value: node as Node });
      else if (isMap(node))
        for (const pair of node.items)
          visit(pair.value, [...segments, String((pair.key as { value?: unknown }).value)]);
      else if (isSeq(node))
        for (const [i, item] of node.items.entries())
          visit(item, [...segments, i === 0 ? (this.#labels.get(node) ?? "0") : String(i)]);
    };
    visit(this.root, []);
    return found;
  }
}
