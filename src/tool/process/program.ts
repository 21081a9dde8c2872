/**
 * Where a program lies and which one it is, told without starting it: what is made with it is made anew by another one.
 * A script that picks a version when it runs tells only of itself.
 */
import { statSync } from "node:fs";
import { isAbsolute, join } from "node:path";

export interface Program {
  /** Absolute. */
  readonly path: string;
  /** Another one for another version under the same path: size, time and inode of the file, links followed. */
  readonly stamp: string;
}

/** The program that a command of that name would start in a folder; undefined where there is none. */
export function programOnPath(name: string, cwd: string): Program | undefined {
  const path = locate(name, process.env.PATH, cwd);
  const stat = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
  if (path === undefined || stat === undefined) return undefined;
  return { path, stamp: `${stat.size} ${stat.mtimeMs} ${stat.ino}` };
}

/** @param path of the environment that the program is started in. @param cwd default: our own */
export function locate(binary: string, path: string | undefined, cwd: string | undefined): string | undefined {
  const base = cwd ?? process.cwd();
  const full = binary.includes("/") && !isAbsolute(binary) ? join(base, binary) : binary;
  return Bun.which(full, { PATH: path ?? "", cwd: base }) ?? undefined;
}
