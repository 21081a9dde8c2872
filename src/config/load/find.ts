/** Which file a config is: the one that was named, a folder's, or the first of the usual names. Reads nothing. */
import { join, relative, resolve } from "node:path";
import { Failure } from "../../diag/failure.ts";
import { isAddress, realFiles } from "../resolve/scope.ts";
import { configNames } from "./options.ts";

/**
 * The root config: an absolute path, an address, or `-`. A path that is not there is given all the same.
 * @param file as `--filename` has it
 * @throws Failure where none is named and none of the usual ones is there
 */
export function rootConfig(cwd: string, file: string | undefined): string {
  if (file === "-" || (file !== undefined && isAddress(file))) return file;
  if (file !== undefined) return existingConfig(resolve(cwd, file));
  const name = configNames.find((candidate) => realFiles.isFile(join(cwd, candidate)));
  if (name !== undefined) return join(cwd, name);
  throw new Failure({
    severity: "error",
    message: `there is no ${configNames.slice(0, -1).join(", ")} or ${configNames.at(-1)} in ${cwd}`,
    suggestion: "go to the folder that has one, or name it with --filename",
  });
}

/**
 * The path, or the file that it means: a folder's config, or `.yml` where only that is there.
 * @param note is told of every path that was looked for: a change of one may mean another file
 */
export function existingConfig(path: string, note: (path: string) => void = () => undefined): string {
  const candidates = realFiles.isDirectory(path)
    ? configNames.map((name) => join(path, name))
    : [path, path.replace(/\.yaml$/, ".yml")];
  const found = candidates.findIndex((candidate) => realFiles.isFile(candidate));
  for (const candidate of candidates.slice(0, found < 0 ? candidates.length : found + 1)) note(candidate);
  return candidates[Math.max(0, found)] as string;
}

/** As messages call it: relative to where devloop was started, where it is below that. */
export function shownPath(file: string, cwd: string): string {
  if (file === "-") return "<stdin>";
  if (isAddress(file)) return file;
  const below = relative(cwd, file);
  return below.startsWith("..") || below === "" ? file : below;
}
