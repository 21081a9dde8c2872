/**
 * The path and identity of a program, without starting it: results of a program are made again when it is replaced. For
 * a script that picks a version at run time, only the script itself is identified.
 */
import { statSync } from "node:fs";
import { isAbsolute, join } from "node:path";

export interface Program {
  /** Absolute. */
  readonly path: string;
  /** Differs for another program at the same path: size, time and inode of the file, links followed. */
  readonly stamp: string;
}

/** The program that a command of that name would start in a folder; undefined where none is found. */
export function programOnPath(name: string, cwd: string): Program | undefined {
  const path = locate(name, process.env.PATH, cwd);
  const stat = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
  if (path === undefined || stat === undefined) return undefined;
  return { path, stamp: `${stat.size} ${stat.mtimeMs} ${stat.ino}` };
}

/**
 * @param path the PATH of the program's environment
 * @param cwd default: the folder of this process
 */
export function locate(binary: string, path: string | undefined, cwd: string | undefined): string | undefined {
  const base = cwd ?? process.cwd();
  const full = binary.includes("/") && !isAbsolute(binary) ? join(base, binary) : binary;
  return Bun.which(full, { PATH: path ?? "", cwd: base }) ?? undefined;
}
