/**
 * Which paths a source of manifests would read, whether they exist or not, and what must be watched for it;
 * `manifest-files.ts` finds the existing ones. A source that is a folder, or whose pattern matches one, stands for
 * every YAML and JSON file below it.
 */
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { hasWildcard, pathMatcher } from "../../std/go/go-match.ts";
import { isManifest, type ManifestSource } from "./manifest-files.ts";

/** @returns whether the source reads an absolute path; an address reads none */
export function readsOf({ pattern, kind }: ManifestSource): (path: string) => boolean {
  if (kind === "address") return () => false;
  const matches = pathMatcher(pattern);
  return (path) => {
    if (matches(path)) return true;
    if (!isManifest(path)) return false;
    for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder))
      if (matches(folder)) return true;
    return false;
  };
}

/** Folders to watch with everything below, and single files. */
export function watchedFor({ pattern, kind }: ManifestSource): {
  readonly roots: readonly string[];
  readonly files: readonly string[];
} {
  if (kind === "address") return { roots: [], files: [] };
  const literal = pattern.replace(/\\(.)/g, "$1");
  if (statSync(literal, { throwIfNoEntry: false })?.isDirectory()) return { roots: [literal], files: [] };
  if (!hasWildcard(pattern)) return { roots: [], files: [literal] };
  let root = dirname(pattern);
  while (hasWildcard(root)) root = dirname(root);
  return { roots: [root], files: [] };
}
