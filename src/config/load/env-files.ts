/**
 * The two files of environment variables: `skaffold.env` in the folder where devloop was started, and `devloop.env`
 * beside the config. The process's own variables win over both, and `devloop.env` wins over `skaffold.env`.
 */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type DotenvFile, readDotenv } from "../dotenv.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * `skaffold.env` also sets flags (`SKAFFOLD_...`), so it is read before a config is known. Empty where the file does
 * not exist.
 */
export function readSkaffoldEnv(cwd: string, environment: Variables): DotenvFile {
  return read(join(cwd, "skaffold.env"), cwd, environment);
}

/** @param folder the folder of the root config */
export function readDevloopEnv(folder: string, cwd: string, environment: Variables): DotenvFile {
  return read(join(folder, "devloop.env"), cwd, environment);
}

function read(path: string, cwd: string, environment: Variables): DotenvFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return { variables: {}, read: [], diagnostics: [] };
  }
  const below = relative(cwd, path);
  return readDotenv(text, below.startsWith("..") ? path : below, environment);
}
