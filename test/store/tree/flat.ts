/**
 * A tree as one flat record, and the same record made without a tree: by a plain walk that reads every file and knows
 * nothing of stamps, digests of directories or earlier looks.
 */
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Sources } from "../../../src/store/files/sources.ts";
import type { FileTree } from "../../../src/store/tree/file-tree.ts";

export type Flat = Readonly<Record<string, string>>;

export function flat(tree: FileTree): Flat {
  return Object.fromEntries(tree.entries());
}

/** For names in NFC, and for files, directories and links. */
export function plainWalk({ root, part, extra }: Sources): Flat {
  const found = new Map<string, string>();
  const visit = (directory: string): boolean => {
    let any = false;
    for (const name of readdirSync(join(root, directory))) {
      const path = directory === "" ? name : `${directory}/${name}`;
      const full = join(root, path);
      const stat = lstatSync(full);
      const kind = stat.isDirectory() ? "directory" : stat.isSymbolicLink() ? "symlink" : "file";
      const judged = part(path, kind);
      if (judged === "out") continue;
      const bits = (stat.mode & 0o7777).toString(8);
      if (kind === "directory") {
        const holds = visit(path);
        if (judged !== "in" && !holds) continue;
        found.set(path, `directory ${bits}`);
      } else if (judged === "parent") continue;
      else found.set(path, kind === "symlink" ? `symlink ${readlinkSync(full)}` : `file ${bits} ${digestOf(full)}`);
      any = true;
    }
    return any;
  };
  visit("");
  for (const { name, path } of extra) {
    const description = `content ${digestOf(path)}`;
    const there = found.get(name);
    if (there === undefined) found.set(name, description);
    else if (there.split(" ").at(-1) !== description.split(" ").at(-1)) found.set(`${name}//extra`, description);
  }
  return Object.fromEntries(found);
}

function digestOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
