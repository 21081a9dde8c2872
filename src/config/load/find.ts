/**
 * The path of a config: the named file, the config of a named folder, or the first of the usual names. Contents are not
 * read.
 */
import { join, relative, resolve } from "node:path";
import { Failure } from "../../diag/failure.ts";
import { isAddress, realFiles } from "../resolve/scope.ts";
import { configNames } from "./options.ts";

/**
 * The root config: an absolute path, an address, or `-`. A named path is returned even where it does not exist.
 * @param file the value of `--filename`
 * @throws Failure where no file is named and none of the usual names exists
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
 * The path, or the file that it stands for: a folder's config, or `.yml` where only that exists.
 * @param note gets every path that was tried: a change of one of them may change the answer
 */
export function existingConfig(path: string, note: (path: string) => void = () => undefined): string {
  const candidates = realFiles.isDirectory(path)
    ? configNames.map((name) => join(path, name))
    : [path, path.replace(/\.yaml$/, ".yml")];
  const found = candidates.findIndex((candidate) => realFiles.isFile(candidate));
  for (const candidate of candidates.slice(0, found < 0 ? candidates.length : found + 1)) note(candidate);
  return candidates[Math.max(0, found)] as string;
}

/** The path in messages: relative to the folder where devloop was started, where it lies below that. */
export function shownPath(file: string, cwd: string): string {
  if (file === "-") return "<stdin>";
  if (isAddress(file)) return file;
  const below = relative(cwd, file);
  return below.startsWith("..") || below === "" ? file : below;
}
