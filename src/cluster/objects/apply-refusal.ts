/**
 * The meaning of a refused apply: a conflict with other managers, a race, or a duplicate key in a list. Reads the
 * server's causes and message; pure.
 */
import { ApiError } from "../connect/api-error.ts";

/** The conflict in terms of managers and fields; undefined for any other refusal. */
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

/** True for a 409 without a manager: two writes met inside the server. False for an object that is gone. */
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

/** True where a list holds a key twice, which client-side apply accepts. */
export function isDuplicate(error: ApiError): boolean {
  return /duplicate entries for key/.test(error.message);
}

/** The place and the duplicate key. */
export function duplicateOf(error: ApiError): string {
  return /(\.[^ ]*: duplicate entries for key \[.*?\])/.exec(error.message)?.[1] ?? error.message;
}
