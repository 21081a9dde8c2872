/**
 * The text of the root config, for commands that work on the file itself: from a path, an address, or standard input.
 */

import { readFile } from "node:fs/promises";
import { rootConfig, shownPath } from "../config/load/find.ts";
import { Failure } from "../diag/failure.ts";
import { fetchText } from "../std/fetch-text.ts";
import { fileErrorWords } from "../std/file-error.ts";
import type { Invocation } from "./command.ts";

export interface ConfigText {
  /** Absolute path, address, or `-`. */
  readonly file: string;
  /** The name in messages. */
  readonly shown: string;
  readonly text: string;
}

/** @throws Failure where it cannot be read */
export async function configText({ flags, cwd, signal }: Invocation): Promise<ConfigText> {
  const file = rootConfig(cwd, flags.text("filename"));
  const shown = shownPath(file, cwd);
  if (file === "-") return { file, shown, text: await Bun.stdin.text() };
  if (file.includes("://")) return { file, shown, text: await fetchText(file, signal) };
  try {
    return { file, shown, text: await readFile(file, "utf8") };
  } catch (cause) {
    throw new Failure(`cannot read ${shown}: ${fileErrorWords(cause)}`);
  }
}
