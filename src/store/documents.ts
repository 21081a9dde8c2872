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
import { isGone } from "./hash-file.ts";
import { unwritable } from "./trouble.ts";

/** Names are paths of plain words: `ledger/<project>/<cluster>/<namespace>`; any character is allowed in a word. */
export interface Documents {
  /** @throws Failure for a document that is there and cannot be read */
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
      const text = await unlessGone(path, () => readFile(path, "utf8"));
      if (text === undefined) return undefined;
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
      const files = await filesBelow(dir, "");
      return files
        .filter((file) => file.endsWith(ending))
        .map((file) => decodePath(file.slice(0, -ending.length)))
        .filter((name) => name.startsWith(prefix))
        .sort();
    },
  };
}

/** Paths below `dir`, `/`-separated. What goes away meanwhile was never there; what cannot be looked at is not nothing. */
async function filesBelow(dir: string, below: string): Promise<string[]> {
  const path = join(dir, below);
  const entries = (await unlessGone(path, () => readdir(path, { withFileTypes: true }))) ?? [];
  const found = await Promise.all(
    entries.map(async (entry): Promise<string[]> => {
      if (isTemporary(entry.name)) return [];
      const inside = below === "" ? entry.name : `${below}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(dir, inside) : [inside];
    }),
  );
  return found.flat();
}

/** @throws Failure for what is there and cannot be read: taken for absent, it would be written over. */
async function unlessGone<T>(path: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw new Failure({
      severity: "error",
      message: `cannot read ${path}: ${error instanceof Error ? error.message : error}`,
      suggestion: "make it readable, or set DEVLOOP_HOME to another folder",
    });
  }
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
    .split("/")
    .map((word) => (word === "%" ? "" : decodeURIComponent(word)))
    .join("/");
}

function refused(path: string, error: unknown): Failure {
  const { message, suggestion } = unwritable(path, error);
  return new Failure({ severity: "error", message, suggestion });
}
