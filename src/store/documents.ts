/**
 * Small JSON documents of the state folder: ledgers, overlays. They must not be lost, so a write is flushed to the disk
 * before it returns, and a write that fails is a Failure and leaves the former document whole. A caller that changes a
 * part of a shared document edits it under a lock between processes; the only user of a document may write it.
 * A damaged document reads as absent and is renamed, so that no later write destroys it and a person can still read it.
 * A document of a later devloop is neither read nor changed.
 */
import { readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Diagnostic } from "../diag/diagnostic.ts";
import { Failure } from "../diag/failure.ts";
import { sha256 } from "../std/data/digest.ts";
import type { Json } from "../std/data/json.ts";
import { writeAtomic } from "./atomic.ts";
import { isGone } from "./files/hash-file.ts";
import { waitForLock } from "./lock.ts";
import { laterVersion, unwrap, wrap } from "./records/envelope.ts";
import { unwritable } from "./trouble.ts";

/** Names are paths of words: `ledger/<project>/<cluster>/<namespace>`; a word may hold any character. */
export interface Documents {
  /** @throws Failure for a document that exists and cannot be read, or is of a later devloop */
  read(name: string): Promise<Json | undefined>;
  /** @throws Failure where the document cannot be written; the former one still exists then */
  write(name: string, value: Json, options?: { readonly mode?: number }): Promise<void>;
  remove(name: string): Promise<void>;
  /**
   * Replaces the document by the result of `change`; undefined removes it. No edit of any process comes in between.
   * @param signal ends the wait for another process's edit; an edit that has begun is finished
   * @throws Failure as `read` and `write`, and where another process does not release the document
   */
  edit(name: string, change: (value: Json | undefined) => Json | undefined, signal?: AbortSignal): Promise<void>;
  /** Names that begin with the prefix, sorted. */
  list(prefix: string): Promise<readonly string[]>;
}

const format = { what: "document", version: 1 };
const ending = ".json";

/** Folder of the locks, beside the documents. No document can have this name. */
const locksFolder = ".locks";
/** An edit takes milliseconds, so a process that holds a document for longer is stopped or hangs. */
const editWaitMs = 15_000;

/** @param tell gets a diagnostic for each damaged document that was renamed */
export function openDocuments(dir: string, tell: (diagnostic: Diagnostic) => void = () => undefined): Documents {
  const pathOf = (name: string) => join(dir, ...name.split("/").map(encodeWord)) + ending;
  const lock = (name: string, signal?: AbortSignal) =>
    waitForLock(join(dir, locksFolder, sha256(name).slice(0, 32)), editWaitMs, signal);
  /** Renames a damaged document; called under the lock. */
  const setAside = async (path: string) => {
    const aside = await freeName(`${path}.unreadable`);
    await orRefused(path, () => rename(path, aside));
    tell({
      severity: "warning",
      message: `${path} was damaged and counts as nothing`,
      details: [`what is left of it is kept as ${aside}`],
    });
  };
  /** Called under the lock: another process may have replaced the damaged document before. */
  const readLocked = async (name: string) => {
    const found = await readWhole(pathOf(name));
    if (found !== "damaged") return found;
    await setAside(pathOf(name));
    return undefined;
  };
  const read = async (name: string) => {
    const found = await readWhole(pathOf(name));
    if (found !== "damaged") return found?.value;
    try {
      await using _lock = await lock(name);
      return (await readLocked(name))?.value;
    } catch (thrown) {
      // The document could not be renamed, and reads as absent; writing over it fails for the same reason.
      if (!(thrown instanceof Failure)) throw thrown;
      return undefined;
    }
  };
  const write: Documents["write"] = (name, value, options = {}) =>
    orRefused(pathOf(name), () => writeAtomic(pathOf(name), wrap(format, value), { ...options, durable: true }));
  const remove = (name: string) => orRefused(pathOf(name), () => rm(pathOf(name), { force: true }));
  return {
    read,
    write,
    remove,
    async edit(name, change, signal) {
      await using _lock = await lock(name, signal);
      const found = await readLocked(name);
      const next = change(found?.value);
      if (next !== undefined) await write(name, next);
      else if (found) await remove(name);
    },
    async list(prefix) {
      const files = await filesBelow(dir, "");
      return files
        .filter((file) => file.endsWith(ending))
        .flatMap((file) => decodePath(file.slice(0, -ending.length)) ?? [])
        .filter((name) => name.startsWith(prefix))
        .sort();
    },
  };
}

/**
 * The document at `path`; undefined where none exists.
 * @throws Failure
 */
async function readWhole(path: string): Promise<{ readonly value: Json } | "damaged" | undefined> {
  const text = await unlessGone(path, () => readFile(path, "utf8"));
  if (text === undefined) return undefined;
  const later = laterVersion(format, text);
  if (later !== undefined)
    throw new Failure({
      severity: "error",
      message: `${path} was written by a later devloop (format ${later}), which this one cannot read`,
      suggestion: "use that version, or set DEVLOOP_HOME to another folder",
    });
  const value = believed(text);
  return value === undefined ? "damaged" : { value };
}

/** The first of `path`, `path-2`, ... that does not exist. */
async function freeName(path: string): Promise<string> {
  for (let i = 1; ; i++) {
    const name = i === 1 ? path : `${path}-${i}`;
    if (!(await Bun.file(name).exists())) return name;
  }
}

/**
 * Paths below `dir`, `/`-separated. A file that is removed meanwhile is left out; a folder that cannot be read is a
 * Failure.
 */
async function filesBelow(dir: string, below: string): Promise<string[]> {
  const path = join(dir, below);
  const entries = (await unlessGone(path, () => readdir(path, { withFileTypes: true }))) ?? [];
  const found = await Promise.all(
    entries.map(async (entry): Promise<string[]> => {
      // Locks and temporary files: no name of a document begins with a dot.
      if (entry.name.startsWith(".")) return [];
      const inside = below === "" ? entry.name : `${below}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(dir, inside) : [inside];
    }),
  );
  return found.flat();
}

/**
 * @throws Failure for a file that exists and cannot be read, because treating it as absent would let a write replace it
 */
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

/**
 * A word as a file name: without separators, without dots at the front, without characters that a file system treats
 * specially.
 */
function encodeWord(word: string): string {
  return encodeURIComponent(word).replaceAll("*", "%2A").replace(/^\./, "%2E") || "%";
}

/** The document's name; undefined for a file that devloop did not name. */
function decodePath(path: string): string | undefined {
  try {
    const words = path.split("/").map((word) => (word === "%" ? "" : decodeURIComponent(word)));
    return words.join("/");
  } catch {
    return undefined;
  }
}

async function orRefused(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const { message, suggestion } = unwritable(path, error);
    throw new Failure({ severity: "error", message, suggestion });
  }
}
