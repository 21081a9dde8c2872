/**
 * The root folder of a project's files, which limits paths in these files that could lead anywhere: the topmost parent
 * folder that is a git work tree or has a config, below the home folder and the file system's root.
 */
import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, sep } from "node:path";

const marks = [".git", "skaffold.yaml", "skaffold.yml"];

/**
 * A real path.
 * @param directory absolute; returned itself where no folder above it belongs to a project
 */
export function projectRoot(directory: string): string {
  const start = realpathSync(directory);
  let root = start;
  for (let at = start; at !== homedir() && dirname(at) !== at; at = dirname(at))
    if (marks.some((name) => existsSync(join(at, name)))) root = at;
  return root;
}

/** Whether a path is the folder or below it. Both are real paths, or both are as written. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}
