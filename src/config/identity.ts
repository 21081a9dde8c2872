/** The identity of a project between runs: the real path of its root config, and its name in that file. */
import { realpathSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "./project.ts";

export function identityOf({ file, cwd, name }: Project): string {
  return `${realPath(file, cwd)}#${name}`;
}

function realPath(file: string, cwd: string): string {
  try {
    return realpathSync(file);
  } catch {
    // Standard input and addresses have no path of their own.
    return join(realpathSync(cwd), file);
  }
}
