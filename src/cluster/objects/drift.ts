/**
 * Whether an object needs a write. Two proofs show that it does not: the live values of the owned fields have the
 * digest that was noted after the last apply (no request at all), or a dry run of the apply changes neither the object
 * nor the owned fields. Both are pure here; without a proof the answer is `unknown`, never `equal`.
 */
import { sha256 } from "../../std/data/digest.ts";
import { canonical, type Json } from "../../std/data/json.ts";
import type { KubeObject } from "../cluster.ts";
import { fieldsOf, ownedDigest } from "./managed-fields.ts";

/** The record kept after an apply. Digests only, because an object may hold secrets. */
export interface ApplyRecord {
  readonly uid: string;
  /** Digest of the manifest that was applied. */
  readonly applied: string;
  /** Digest of the live values of the owned fields. */
  readonly owned: string;
}

/** The record of an apply. `live` is the server's answer to the apply. */
export function applyRecord(desired: KubeObject, live: KubeObject, manager: string): ApplyRecord {
  return { uid: live.metadata.uid ?? "", applied: desiredDigest(desired), owned: ownedDigest(live, manager) };
}

/**
 * `equal`: no write is needed. `changed`: the manifest, the object or its uid differs. `unknown`: there is no record.
 */
export function drift(
  desired: KubeObject,
  live: KubeObject | undefined,
  record: ApplyRecord | undefined,
  manager: string,
): "equal" | "changed" | "unknown" {
  if (live === undefined) return "changed";
  if (record === undefined) return "unknown";
  if (live.metadata.deletionTimestamp || live.metadata.uid !== record.uid) return "changed";
  if (desiredDigest(desired) !== record.applied) return "changed";
  return ownedDigest(live, manager) === record.owned ? "equal" : "changed";
}

/** Whether an apply would change anything, judged by the object that its dry run returned. */
export function needsWrite(live: KubeObject, dryRun: KubeObject, manager: string): boolean {
  if (text(content(live)) !== text(content(dryRun))) return true;
  return text(fieldsOf(live, manager) ?? null) !== text(fieldsOf(dryRun, manager) ?? null);
}

function desiredDigest(desired: KubeObject): string {
  return sha256<"desired">(text(desired));
}

/**
 * The object without the server's own metadata and without its status, which controllers write and an apply never does.
 */
function content(object: KubeObject): unknown {
  const { status: _, metadata, ...rest } = object;
  const { managedFields: _m, resourceVersion: _r, generation: _g, creationTimestamp: _c, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

function text(value: unknown): string {
  return canonical(value as Json);
}
