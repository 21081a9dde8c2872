/**
 * Reads `metadata.managedFields`: which manager owns which fields, and their live values. Pure.
 * The format is the API server's `FieldsV1`: `f:name` is a field, `k:{...}` the list items with these key values,
 * `v:...` an item of a set, `i:n` an item by index, `.` the container itself, `{}` everything below.
 */
import { type Digest, sha256 } from "../../std/data/digest.ts";
import { canonical, isJsonRecord, type Json, type JsonRecord } from "../../std/data/json.ts";
import type { KubeObject } from "../cluster.ts";

export interface FieldTree {
  readonly [step: string]: FieldTree;
}

export interface ManagerEntry {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly time?: string;
  readonly fieldsType: string;
  readonly fieldsV1: FieldTree;
  readonly subresource?: string;
}

export type OwnedDigest = Digest<"owned">;

export function managerEntries(live: KubeObject): readonly ManagerEntry[] {
  return (live.metadata.managedFields ?? []) as readonly ManagerEntry[];
}

/** The fields that `manager` set on the object itself, not on its status or scale; undefined where it set none. */
export function fieldsOf(live: KubeObject, manager: string): FieldTree | undefined {
  const ours = managerEntries(live).filter((entry) => entry.manager === manager && !entry.subresource);
  return ours.length === 0 ? undefined : ours.map((entry) => entry.fieldsV1).reduce(union);
}

/**
 * The live values of the fields that `manager` owns, as a record with one member per step; empty where it owns none
 * (the server keeps no entry for a manager without fields). Fields that other managers set or defaulted are left out,
 * so the record changes only where an owned field was changed.
 */
export function ownedFields(live: KubeObject, manager: string): JsonRecord {
  const fields = fieldsOf(live, manager);
  // A tree without steps owns everything below.
  if (fields === undefined || Object.keys(fields).length === 0) return {};
  const values = valuesAt(fields, live as unknown as Json);
  return isJsonRecord(values) ? values : {};
}

export function ownedDigest(live: KubeObject, manager: string): OwnedDigest {
  return sha256<"owned">(canonical(ownedFields(live, manager)));
}

/** All fields of both trees. */
export function union(a: FieldTree, b: FieldTree): FieldTree {
  const merged: Record<string, FieldTree> = { ...a };
  for (const [step, below] of Object.entries(b)) merged[step] = merged[step] ? union(merged[step], below) : below;
  return merged;
}

/** Whether the tree contains a path of steps. */
export function holds(fields: FieldTree | undefined, steps: readonly string[]): boolean {
  return steps.reduce<FieldTree | undefined>((at, step) => at?.[step], fields) !== undefined;
}

function valuesAt(fields: FieldTree, value: Json): Json {
  const steps = Object.keys(fields);
  if (steps.length === 0) return value;
  const values: Record<string, Json> = {};
  for (const step of steps) {
    if (step === ".") continue;
    const found = valueAt(step, value).map((child) => valuesAt(fields[step] as FieldTree, child));
    if (found[0] === undefined) continue;
    values[step] = found.length === 1 ? found[0] : found;
  }
  return values;
}

/** The children that a step selects: at most one, except where a list holds the same key twice. */
function valueAt(step: string, value: Json): readonly Json[] {
  const [kind, name] = [step.slice(0, 2), step.slice(2)];
  if (kind === "f:") {
    const child = isJsonRecord(value) ? value[name] : undefined;
    return child === undefined ? [] : [child];
  }
  if (!Array.isArray(value)) return [];
  const items: readonly Json[] = value;
  if (kind === "i:") return items.slice(Number(name), Number(name) + 1);
  const wanted = JSON.parse(name) as Json;
  if (kind === "v:") return items.filter((item) => canonical(item) === canonical(wanted));
  const keys = Object.entries(wanted as JsonRecord);
  return items.filter((item) => isJsonRecord(item) && keys.every(([key, keyValue]) => item[key] === keyValue));
}
