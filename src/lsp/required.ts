/**
 * The file that an item of `requires` in an open document refers to: another one, or the same where the item has no
 * path.
 */
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { existingConfig } from "../config/load/find.ts";
import { valueAt } from "./names.ts";
import type { OpenText } from "./text.ts";

/** Absolute; undefined for a config elsewhere (git, an address). */
export function requiredPath(document: OpenText, requirement: unknown): string | undefined {
  if (document.path === undefined || typeof requirement !== "object" || requirement === null) return undefined;
  const path = valueAt(requirement, ["path"]);
  if (path === undefined) return "git" in requirement ? undefined : document.path;
  if (typeof path !== "string" || path.includes("://")) return undefined;
  return existingConfig(isAbsolute(path) ? path : join(dirname(document.path), path));
}

/** The text of that file; empty where it cannot be read. */
export function requiredTexts(document: OpenText, requirement: unknown): readonly string[] {
  const path = requiredPath(document, requirement);
  if (path === undefined) return [];
  if (path === document.path) return [document.text];
  try {
    return [readFileSync(path, "utf8")];
  } catch {
    return [];
  }
}
