/**
 * Globs of sync rules: the doublestar dialect of the reference tool, over paths relative to the build context. `**` is a
 * whole component and crosses directories, a leading dot is not special, braces are alternatives; there is no negation
 * and no extended glob, so those characters mean themselves.
 */
import picomatch from "picomatch";

/** True for whole paths that match. */
export function syncGlob(pattern: string): (path: string) => boolean {
  const matches = picomatch(literalGroups(pattern.replace(/^(\.\/)+/, "")), {
    dot: true,
    nonegate: true,
    noextglob: true,
    strictBrackets: false,
  });
  return (path) => matches(path);
}

/** The directory that every match is under, with its slash: `src/static/` of `src/static/**`; empty where there is none. */
export function fixedDirectory(pattern: string): string {
  const wild = pattern.search(/[*?[{\\]/);
  const fixed = wild < 0 ? pattern : pattern.slice(0, wild);
  return fixed.slice(0, fixed.lastIndexOf("/") + 1);
}

/** Parentheses and bars would be groups for the matcher. Those inside brackets or already escaped stay as they are. */
function literalGroups(pattern: string): string {
  return pattern.replace(/\\.|\[[^\]]*\]|[()|]/g, (found) => (found.length === 1 ? `\\${found}` : found));
}
