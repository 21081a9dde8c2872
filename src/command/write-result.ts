/** Writes the machine-readable result of a command to the file that the user named. */
import { writeFile } from "node:fs/promises";
import { Failure } from "../diag/failure.ts";
import { fileErrorWords } from "../std/file-error.ts";

/** @throws Failure where the file cannot be written */
export async function writeResult(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new Failure(`cannot write ${file}: ${fileErrorWords(cause)}`);
  }
}
