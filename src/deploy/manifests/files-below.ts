/**
 * All files below a folder at any depth, following links. A link to a file is a file; a link to a folder is entered
 * unless that folder was entered already, so that circles end.
 */
import { readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { realFiles } from "../../config/resolve/scope.ts";
import { isInside } from "./project-root.ts";

/**
 * Paths that begin with `directory`, in no order. A broken link is included, so that reading it reports the error.
 * @param within a real path: folders outside of it are not entered. Default: no limit
 * @throws Error of the file system where a folder cannot be read
 */
export function filesBelow(directory: string, within?: string): readonly string[] {
  const files: string[] = [];
  const entered = new Set<string>();
  // Links are entered last, so that a folder below `directory` is reported under its own path.
  const links: string[] = [directory];
  for (let link = links.shift(); link !== undefined; link = links.shift()) {
    const folders = [link];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      const real = realpathSync(folder);
      if (entered.has(real) || (within !== undefined && !isInside(real, within))) continue;
      entered.add(real);
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) folders.push(path);
        else if (entry.isSymbolicLink() && realFiles.isDirectory(path)) links.push(path);
        else if (entry.isFile() || entry.isSymbolicLink()) files.push(path);
      }
    }
  }
  return files;
}
