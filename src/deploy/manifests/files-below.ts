/**
 * Every file below a folder, whatever its depth. A link counts as what it leads to, wherever that lies: one to a file is
 * a file, one to a folder is entered unless that folder was entered already, so that no walk goes round in circles.
 */
import { readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { realFiles } from "../../config/resolve/scope.ts";
import { isInside } from "./project-root.ts";

/**
 * Paths that begin with `directory`, in no order. A link that leads nowhere is one of them: who reads it says so.
 * @param within a real path: no folder outside of it is entered. Default: links may lead anywhere
 * @throws Error of the file system where a folder cannot be read
 */
export function filesBelow(directory: string, within?: string): readonly string[] {
  const files: string[] = [];
  const entered = new Set<string>();
  // A folder that lies here itself goes by its own path, also where a link leads to it.
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
