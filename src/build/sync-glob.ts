/** Globs of sync rules: the reference tool's doublestar dialect, over paths relative to the build context. */
import { doublestar } from "../std/go/doublestar.ts";

/** A matcher of whole paths. */
export function syncGlob(pattern: string): (path: string) => boolean {
  return doublestar(pattern.replace(/^(\.\/)+/, ""));
}

/** The directory of every match, with its slash: `src/static/` of `src/static/**`; empty where there is none. */
export function fixedDirectory(pattern: string): string {
  const wild = pattern.search(/[*?[{\\]/);
  const fixed = wild < 0 ? pattern : pattern.slice(0, wild);
  return fixed.slice(0, fixed.lastIndexOf("/") + 1);
}
