/**
 * Small JSON documents of the state folder: ledgers, overlays. What must not be lost, so a write that fails is a
 * Failure, is flushed to the disk before it counts, and leaves the document before it whole.
 *
 * A document that cannot be believed (damaged, or of another version of devloop) reads as absent and is set aside under
 * a name of its own: nothing that is written later destroys it, and a person can still look.
 */
import { readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../diag/failure.ts";
import type { Json } from "../std/json.ts";
import { isTemporary, writeAtomic } from "./atomic.ts";
import { unwrap, wrap } from "./envelope.ts";
import { unwritable } from "./trouble.ts";

/** Names are paths of plain words: `ledger/<project>/<cluster>/<namespace>`; any character is allowed in a word. */
export interface Documents {
  read(name: string): Promise<Json | undefined>;
  /** @throws Failure where it could not be written; the former document is then still there. */
  write(name: string, value: Json, options?: { readonly mode?: number }): Promise<void>;
  remove(name: string): Promise<void>;
  /** Names that begin with the prefix, sorted. */
  list(prefix: string): Promise<readonly string[]>;
}

const format = { what: "document", version: 1 };
const ending = ".json";

export function openDocuments(dir: string): Documents {
  const pathOf = (name: string) => join(dir, ...name.split("/").map(encodeWord)) + ending;
  return {
    async read(name) {
      const path = pathOf(name);
      let text: string;
      try {
        text = await readFile(path, "utf8");
      } catch {
        return undefined;
      }
      const value = believed(text);
      if (value === undefined) await rename(path, `${path}.unreadable`).catch(() => undefined);
      return value;
    },
    async write(name, value, options = {}) {
      try {
        await writeAtomic(pathOf(name), wrap(format, value), { ...options, durable: true });
      } catch (error) {
        throw refused(pathOf(name), error);
      }
    },
    async remove(name) {
      try {
        await rm(pathOf(name), { force: true });
      } catch (error) {
        throw refused(pathOf(name), error);
      }
    },
    async list(prefix) {
      const files = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
      return files
        .filter((file) => file.isFile() && file.name.endsWith(ending) && !isTemporary(file.name))
        .map((file) => decodePath(join(file.parentPath, file.name).slice(dir.length + 1, -ending.length)))
        .filter((name) => name.startsWith(prefix))
        .sort();
    },
  };
}

function believed(text: string): Json | undefined {
  try {
    return unwrap(format, text);
  } catch {
    return undefined;
  }
}

/** A word as a file name: no separators, no dots at the front, nothing a file system reads another way. */
function encodeWord(word: string): string {
  return encodeURIComponent(word).replaceAll("*", "%2A").replace(/^\./, "%2E") || "%";
}

function decodePath(path: string): string {
  return path
    .split(/[\\/]/)
    .map((word) => (word === "%" ? "" : decodeURIComponent(word)))
    .join("/");
}

function refused(path: string, error: unknown): Failure {
  const { message, suggestion } = unwritable(path, error);
  return new Failure({ severity: "error", message, suggestion });
}
