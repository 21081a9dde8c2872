/**
 * What the server means when it refuses an apply: a conflict with other managers, a race, a key twice in a list. Reads
 * its causes and its words; pure.
 */
import { ApiError } from "../connect/api-error.ts";

/** The conflict in terms of managers and fields; undefined where the refusal is something else. */
export function conflictOf(error: ApiError, action: string): ApiError | undefined {
  const managers = managersOf(error);
  if (managers.size === 0) return undefined;
  const said = [...managers].map(([manager, fields]) => `"${manager}" manages ${fields.join(", ")}`).join("; ");
  const status = { code: error.code, reason: "Conflict", message: said, details: { causes: error.causes } };
  return new ApiError(
    status,
    error.code,
    action,
    "take the fields out of the manifest, or apply with --force-conflicts",
  );
}

/** A 409 that names no manager: two writes met inside the server. An object that is gone does not come back. */
export function isRace(error: ApiError): boolean {
  return error.reason === "Conflict" && managersOf(error).size === 0 && !/uid mismatch/.test(error.message);
}

/** Fields in conflict per manager, from the server's causes: `conflict with "name" using v1`. */
function managersOf(error: ApiError): ReadonlyMap<string, readonly string[]> {
  const managers = new Map<string, string[]>();
  for (const cause of error.causes) {
    if (cause.reason !== "FieldManagerConflict") continue;
    const manager = /conflict with "([^"]*)"/.exec(cause.message ?? "")?.[1] ?? "another manager";
    managers.set(manager, [...(managers.get(manager) ?? []), cause.field ?? "?"]);
  }
  return managers;
}

/** True where a list holds a key twice, which client-side apply takes. */
export function isDuplicate(error: ApiError): boolean {
  return /duplicate entries for key/.test(error.message);
}

/** Where, and which key. */
export function duplicateOf(error: ApiError): string {
  return /(\.[^ ]*: duplicate entries for key \[.*?\])/.exec(error.message)?.[1] ?? error.message;
}
