/**
 * Small JSON documents of the state folder: ledgers, overlays. What must not be lost, so a write that fails is a
 * Failure, is flushed to the disk before it counts, and leaves the document before it whole. Who changes a part of a
 * document edits it, under a lock between processes; who alone has it may write it.
 *
 * A damaged document reads as absent and is set aside under a name of its own: nothing that is written later destroys
 * it, and a person can still look. One that a later devloop wrote is neither read nor touched.
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

/** Names are paths of plain words: `ledger/<project>/<cluster>/<namespace>`; any character is allowed in a word. */
export interface Documents {
  /** @throws Failure for a document that is there and cannot be read, or is of a later devloop */
  read(name: string): Promise<Json | undefined>;
  /** @throws Failure where it could not be written; the former document is then still there. */
  write(name: string, value: Json, options?: { readonly mode?: number }): Promise<void>;
  remove(name: string): Promise<void>;
  /**
   * Puts in the document's place what `change` makes of it; undefined is no document. No other edit comes in between,
   * of whatever process.
   * @param signal ends the wait for another process's edit; an edit that has begun is finished
   * @throws Failure as `read` and `write`, and where another process does not let go of the document
   */
  edit(name: string, change: (value: Json | undefined) => Json | undefined, signal?: AbortSignal): Promise<void>;
  /** Names that begin with the prefix, sorted. */
  list(prefix: string): Promise<readonly string[]>;
}

const format = { what: "document", version: 1 };
const ending = ".json";

/** Among the documents, under a name that none can have. */
const locksFolder = ".locks";
/** An edit takes milliseconds; whoever holds a document for longer is stopped or hangs. */
const editWaitMs = 15_000;

/** @param tell what was found damaged and set aside */
export function openDocuments(dir: string, tell: (diagnostic: Diagnostic) => void = () => undefined): Documents {
  const pathOf = (name: string) => join(dir, ...name.split("/").map(encodeWord)) + ending;
  const lock = (name: string, signal?: AbortSignal) =>
    waitForLock(join(dir, locksFolder, sha256(name).slice(0, 32)), editWaitMs, signal);
  /** Under the lock. */
  const setAside = async (path: string) => {
    const aside = await freeName(`${path}.unreadable`);
    await orRefused(path, () => rename(path, aside));
    tell({
      severity: "warning",
      message: `${path} was damaged and counts as nothing`,
      details: [`what is left of it is kept as ${aside}`],
    });
  };
  /** Looked at under the lock: by then somebody may have written a good one. */
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
      // Where it cannot be moved nothing can be written over it either.
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

/** The document at `path`, undefined where there is none. @throws Failure */
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

/** The first of `path`, `path-2`, ... that nothing has. */
async function freeName(path: string): Promise<string> {
  for (let i = 1; ; i++) {
    const name = i === 1 ? path : `${path}-${i}`;
    if (!(await Bun.file(name).exists())) return name;
  }
}

/** Paths below `dir`, `/`-separated. What goes away meanwhile was never there; what cannot be looked at is not nothing. */
async function filesBelow(dir: string, below: string): Promise<string[]> {
  const path = join(dir, below);
  const entries = (await unlessGone(path, () => readdir(path, { withFileTypes: true }))) ?? [];
  const found = await Promise.all(
    entries.map(async (entry): Promise<string[]> => {
      // Locks, and writes that never ended: no word of a name begins so.
      if (entry.name.startsWith(".")) return [];
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

/** Undefined for what we never named. */
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
