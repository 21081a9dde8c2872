/**
 * The key of a task: one digest over everything that may change its result.
 * Decides which work is the same. A key is made from a *named* record, so that two different inputs cannot be mixed up
 * by position, and the record itself is kept: the difference of two records answers "why did this run?". Values without
 * a single text form (NaN, infinities) are refused, because equal work could get different keys.
 */
import type { Change } from "../../event/event.ts";
import type { Digest } from "../../std/data/digest.ts";
import { canonical, isJsonRecord, type Json, type JsonRecord } from "../../std/data/json.ts";
import { jsonDigest } from "../../std/data/json-digest.ts";
import { markedTree } from "../../store/tree/mark.ts";
import { isSealed } from "./seal.ts";

export type Key = Digest<"key">;

/** The changes between two trees, by digest; undefined where one of them is no longer known. */
export type CompareTrees = (was: string, now: string) => readonly Change[] | undefined;

/**
 * Raised whenever the shape of a recorded output or the meaning of a part changes, so that no older record is reused.
 */
const format = 1;

/**
 * Digest of a record, equal for equal records whatever their field order.
 * @throws RangeError for a number that JSON cannot carry: a programmer's error, never user input
 */
export function keyOf(record: JsonRecord): Key {
  return jsonDigest<"key">(record);
}

/** The key of a task's work. It includes the kind, so that work of two kinds never has the same key. */
export function taskKey(kind: string, parts: JsonRecord): Key {
  return keyOf({ format, kind, parts });
}

/**
 * The changes from `was` to `now`, in the order of the field names; empty exactly when the records are equal. A field's
 * path is dotted, as `why` prints it. Sealed values are left out of a change. The changes of two trees are listed path
 * by path.
 */
export function compareRecords(was: JsonRecord, now: JsonRecord, trees?: CompareTrees, at = ""): Change[] {
  const fields = [...new Set([...Object.keys(was), ...Object.keys(now)])].sort();
  return fields.flatMap((field): Change[] => {
    const path = at === "" ? field : `${at}.${field}`;
    // A field may be called `constructor`, so only own properties count as fields.
    const before = Object.hasOwn(was, field) ? was[field] : undefined;
    const after = Object.hasOwn(now, field) ? now[field] : undefined;
    if (before === undefined) return after === undefined ? [] : [{ kind: "added", path, ...shown("now", after) }];
    if (after === undefined) return [{ kind: "removed", path, ...shown("was", before) }];
    if (isJsonRecord(before) && isJsonRecord(after)) return compareRecords(before, after, trees, path);
    if (canonical(before) === canonical(after)) return [];
    if (markedTree(before) !== undefined || markedTree(after) !== undefined)
      return treeChanges(path, before, after, trees);
    if (hidesSeal(before) || hidesSeal(after)) return [{ kind: "changed", path }];
    return [{ kind: "changed", path, was: before, now: after }];
  });
}

/** The paths that differ; only the fact that the trees differ where one of them is no longer known. */
function treeChanges(path: string, was: Json, now: Json, trees: CompareTrees | undefined): Change[] {
  const [before, after] = [markedTree(was), markedTree(now)];
  const changes = before !== undefined && after !== undefined ? trees?.(before, after) : undefined;
  return changes?.map((change) => ({ ...change, path: `${path}.${change.path}` })) ?? [{ kind: "changed", path }];
}

function shown(side: "was" | "now", value: Json): Pick<Change, "was" | "now"> {
  return hidesSeal(value) ? {} : { [side]: value };
}

/** Whether the value is hidden: a list or record with one sealed value is hidden as a whole. */
function hidesSeal(value: Json): boolean {
  if (typeof value === "string") return isSealed(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((inner) => inner !== undefined && hidesSeal(inner as Json));
}
