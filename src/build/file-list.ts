/**
 * Sources that a program lists one by one: files of the context by their path in it, other files under their path
 * relative to it. A listed directory stands for every file below it. The list may change with any file, so the program
 * is asked again whenever something in the context changes.
 */
import { readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { sha256 } from "../std/data/digest.ts";
import { isBelow } from "../std/text/below.ts";
import type { SourceSpec } from "./builder.ts";

/**
 * @param files absolute; a missing file counts as absent
 * @param why the reason of every listed file, for people
 * @param lookedIn absolute folders in which the program searches for files, existing or not
 */
export function fileList(
  root: string,
  files: readonly string[],
  why: string,
  lookedIn: readonly string[] = [],
): SourceSpec {
  const listed = new Set<string>();
  const parents = new Set<string>();
  const beside = new Set<string>();
  let everything = false;
  for (const file of files) {
    if (file === root) everything = true;
    else if (!isBelow(file, root)) {
      for (const one of filesAt(file)) beside.add(one);
    } else {
      const path = file.slice(root.length + 1);
      listed.add(path);
      for (const parent of parentsOf(path)) parents.add(parent);
    }
  }
  const counts = (path: string) => everything || listed.has(path) || parentsOf(path).some((at) => listed.has(at));
  return {
    root,
    part: (path, kind) => {
      if (counts(path)) return kind === "directory" ? "parent" : "in";
      return kind === "directory" && parents.has(path) ? "parent" : "out";
    },
    selection: sha256(JSON.stringify([everything, [...listed].sort()])),
    extra: [...beside].sort().map((path) => ({ name: relative(root, path), path })),
    rules: [],
    listed: lookedIn.filter((folder) => folder !== root && !isBelow(folder, root)),
    reason: (path) => (counts(path) ? why : undefined),
  };
}

function parentsOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join("/"));
}

/** The file itself, or every file below the directory. */
function filesAt(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const inner = join(path, entry.name);
    return entry.isDirectory() ? filesAt(inner) : [inner];
  });
}
