/**
 * Which files of a build context count by two lists of globs, `paths` and `ignore`, which several builders have.
 * A path of `paths` that is a directory stands for everything below it. A glob of `ignore` excludes what it matches; an
 * ignored directory also excludes files that only the directory's own match includes, but not a file that a glob of
 * `paths` matches itself. Git's own folder counts only where a glob names it, because every Git command writes there.
 */
import type { Dirent } from "node:fs";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../std/data/digest.ts";
import type { SourceSpec } from "./builder.ts";
import { fixedDirectory, syncGlob } from "./sync-glob.ts";

interface PathGlob {
  readonly text: string;
  matches(path: string): boolean;
}

export interface PathList extends Pick<SourceSpec, "part" | "selection" | "reason"> {
  /** The first glob of `paths` that matches nothing in the folder; undefined where each matches something. */
  unmatched(root: string): string | undefined;
}

/** @param label the list's name in the configuration, for reasons: `custom.dependencies` */
export function pathList(paths: readonly string[], ignore: readonly string[], label: string): PathList {
  const whole = paths.some((text) => /^(\.\/?)*$/.test(text));
  const wanted = globsOf(paths.filter((text) => !/^(\.\/?)*$/.test(text)));
  const unwanted = globsOf(ignore);
  // A glob that ends in `/**` excludes a whole folder.
  const emptied = globsOf(ignore.filter((text) => text.endsWith("/**")).map((text) => text.slice(0, -3)));
  const namesGit = wanted.some(({ text }) => text.split("/").includes(".git"));
  const hidden = (path: string) => !namesGit && path.split("/").includes(".git");

  const takenBy = (path: string): string | undefined => {
    if (hidden(path)) return undefined;
    for (let at = path; ; at = at.slice(0, at.lastIndexOf("/"))) {
      if (unwanted.some((glob) => glob.matches(at))) return undefined;
      const glob = wanted.find(({ matches }) => matches(at));
      if (glob) return glob.text;
      if (!at.includes("/")) return whole ? "." : undefined;
    }
  };
  const mayHold = (directory: string) =>
    !hidden(directory) &&
    !emptied.some((glob) => glob.matches(directory)) &&
    wanted.some(({ text }) => mayMatchBelow(text, directory));
  return {
    part(path, kind) {
      if (takenBy(path) !== undefined) return kind === "directory" ? "parent" : "in";
      return kind === "directory" && mayHold(path) ? "parent" : "out";
    },
    selection: sha256(JSON.stringify([paths, ignore])),
    reason(path) {
      const text = takenBy(path);
      return text === undefined ? undefined : `${label} ${JSON.stringify(text)}`;
    },
    unmatched: (root) => wanted.find((glob) => !matchesAnything(root, glob))?.text,
  };
}

function globsOf(texts: readonly string[]): PathGlob[] {
  return texts.map((text) => {
    const clean = text.replace(/^(\.\/)+/, "").replace(/(.)\/+$/, "$1");
    return { text: clean, matches: syncGlob(clean) };
  });
}

/** Whether a glob may match something below the directory; true in doubtful cases. */
function mayMatchBelow(glob: string, directory: string): boolean {
  const fixed = fixedDirectory(glob);
  if (!/[*?[{\\]/.test(glob)) return glob.startsWith(`${directory}/`);
  return `${directory}/`.startsWith(fixed) || fixed.startsWith(`${directory}/`);
}

/** Ends at the first match, so that only a glob without a match costs a whole walk. */
function matchesAnything(root: string, { text, matches }: PathGlob): boolean {
  if (!/[*?[{\\]/.test(text)) return lstatSync(join(root, text), { throwIfNoEntry: false }) !== undefined;
  const folders = [fixedDirectory(text).replace(/\/$/, "")];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    for (const entry of entriesOf(join(root, folder))) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (matches(path)) return true;
      if (entry.isDirectory()) folders.push(path);
    }
  }
  return false;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
