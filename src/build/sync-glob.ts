/** Globs of sync rules: the doublestar dialect of the reference tool, over paths relative to the build context. */
import { doublestar } from "../std/go/doublestar.ts";

/** True for whole paths that match. */
export function syncGlob(pattern: string): (path: string) => boolean {
  return doublestar(pattern.replace(/^(\.\/)+/, ""));
}

/** The directory that every match is under, with its slash: `src/static/` of `src/static/**`; empty where there is none. */
export function fixedDirectory(pattern: string): string {
  const wild = pattern.search(/[*?[{\\]/);
  const fixed = wild < 0 ? pattern : pattern.slice(0, wild);
  return fixed.slice(0, fixed.lastIndexOf("/") + 1);
}
