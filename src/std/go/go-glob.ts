/**
 * Go's `filepath.Glob`: the paths that a pattern matches, component by component, sorted within each folder. There is
 * no `**`. A folder that cannot be read and a malformed pattern match nothing.
 */
import { lstatSync, readdirSync } from "node:fs";
import { componentMatcher, hasWildcard } from "./go-match.ts";

/** @param pattern absolute, with `/` between components */
export function goGlob(pattern: string): readonly string[] {
  const components = pattern.split("/").filter((component) => component !== "");
  let found: string[] = [""];
  for (const [i, component] of components.entries()) {
    const last = i === components.length - 1;
    found = found.flatMap((folder) => step(folder, component, last));
  }
  return found;
}

function step(folder: string, component: string, last: boolean): string[] {
  if (!hasWildcard(component)) {
    const path = `${folder}/${component.replace(/\\(.)/g, "$1")}`;
    return !last || exists(path) ? [path] : [];
  }
  const matches = componentMatcher(component);
  return names(folder === "" ? "/" : folder)
    .filter(matches)
    .map((name) => `${folder}/${name}`);
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function exists(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
