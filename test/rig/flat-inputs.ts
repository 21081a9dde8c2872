/** Inputs of an image from a plain record of paths, for tests that need no tree of directories. */
import type { PathLookup } from "../../src/store/tree/file-tree.ts";

export function flatInputs(record: Readonly<Record<string, string>>): PathLookup {
  return {
    at: (path) => record[path.normalize("NFC")],
    below: (directory) => Object.keys(record).filter((path) => directory === "" || path.startsWith(`${directory}/`)),
  };
}
