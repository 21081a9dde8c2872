/**
 * The changes of devloop in an object that existed before, kept so that they can be undone: for each path, the value
 * before and the value that devloop set. Undoing changes a path only where it still has devloop's value: later changes
 * by others stay. Pure.
 * Lists of equal length are compared item by item, others as a whole.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import { canonical, isJsonRecord, type Json, type JsonRecord } from "../../std/data/json.ts";

/** `was` and `now` are absent where the field did not or does not exist. */
export type Prior = { readonly path: readonly (string | number)[]; readonly was?: Json; readonly now?: Json };

/** A step of a JSON patch. */
export type PatchStep =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: Json }
  | { readonly op: "remove"; readonly path: string };

/**
 * The prior fields after another change.
 * @param known the prior fields before it
 */
export function remembered(known: readonly Prior[], before: KubeObject, after: KubeObject): readonly Prior[] {
  return differences(putBack(contentOf(before), known).value, contentOf(after));
}

/** The patch that undoes every change that still has devloop's value, and how many have another value. */
export function restoration(
  live: KubeObject,
  known: readonly Prior[],
): { readonly patch: readonly PatchStep[]; readonly others: number } {
  const content = contentOf(live);
  const { value, others } = putBack(content, known);
  const steps = differences(content, value).map(({ path, was, now }): PatchStep => {
    const at = pointer(path);
    if (now === undefined) return { op: "remove", path: at };
    return { op: was === undefined ? "add" : "replace", path: at, value: now };
  });
  return { patch: steps, others };
}

/** The object without the server's own metadata. */
function contentOf(object: KubeObject): Json {
  const { status: _, metadata, ...rest } = object;
  const { managedFields: _m, resourceVersion: _r, generation: _g, creationTimestamp: _c, uid: _u, ...kept } = metadata;
  return { ...rest, metadata: kept } as unknown as Json;
}

function differences(before: Json, after: Json, path: readonly (string | number)[] = []): Prior[] {
  if (canonical(before) === canonical(after)) return [];
  if (isJsonRecord(before) && isJsonRecord(after)) {
    const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return fields.flatMap((field): Prior[] => {
      const at = [...path, field];
      const [was, now] = [fieldOf(before, field), fieldOf(after, field)];
      if (was === undefined) return now === undefined ? [] : [{ path: at, now }];
      return now === undefined ? [{ path: at, was }] : differences(was, now, at);
    });
  }
  if (isList(before) && isList(after) && before.length === after.length)
    return before.flatMap((item, i) => differences(item, after[i] as Json, [...path, i]));
  return [{ path, was: before, now: after }];
}

function putBack(content: Json, known: readonly Prior[]): { readonly value: Json; readonly others: number } {
  let value = content;
  let others = 0;
  for (const { path, was, now } of known) {
    const is = valueAt(value, path);
    if (equal(is, now) && isReachable(value, path)) value = withValue(value, path, was);
    // A path that was restored before, by an interrupted clean-up or by hand, is not a change by others.
    else if (!equal(is, was)) others++;
  }
  return { value, others };
}

/** Only own properties are fields, whatever their names are. */
function fieldOf(record: JsonRecord, field: string): Json | undefined {
  return Object.hasOwn(record, field) ? record[field] : undefined;
}

function equal(a: Json | undefined, b: Json | undefined): boolean {
  return a === undefined || b === undefined ? a === b : canonical(a) === canonical(b);
}

function valueAt(value: Json | undefined, path: readonly (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>((at, step) => {
    if (typeof step === "number") return isList(at) ? at[step] : undefined;
    return isJsonRecord(at) ? fieldOf(at, step) : undefined;
  }, value);
}

/** Whether the parent of the path's end exists, because a field can be restored only into an existing parent. */
function isReachable(value: Json, path: readonly (string | number)[]): boolean {
  const holder = valueAt(value, path.slice(0, -1));
  return isJsonRecord(holder) || isList(holder);
}

function withValue(value: Json, path: readonly (string | number)[], wanted: Json | undefined): Json {
  const [step, ...rest] = path;
  if (step === undefined) return wanted ?? null;
  if (typeof step === "number") {
    const items = [...(value as readonly Json[])];
    items[step] = withValue(items[step] as Json, rest, wanted);
    return items;
  }
  const record = value as JsonRecord;
  if (rest.length > 0 || wanted !== undefined)
    return { ...record, [step]: withValue(fieldOf(record, step) as Json, rest, wanted) };
  const { [step]: _, ...others } = record;
  return others;
}

function pointer(path: readonly (string | number)[]): string {
  return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
