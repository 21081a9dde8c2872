/**
 * The two files of environment variables: `skaffold.env` where devloop was started, and `devloop.env` beside the config.
 * The process's own variables win over both, and the config's file over the other.
 */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type DotenvFile, readDotenv } from "../dotenv.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

/** `skaffold.env` also sets flags (`SKAFFOLD_...`), so it is read before there is a config. Empty where it is not there. */
export function readSkaffoldEnv(cwd: string, environment: Variables): DotenvFile {
  return read(join(cwd, "skaffold.env"), cwd, environment);
}

/** @param folder of the root config */
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
