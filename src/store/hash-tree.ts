/**
 * The inputs of a task as a record: every path that counts, with its type, permission bits and content.
 *
 *   "src"          "directory 755"
 *   "src/main.go"  "file 644 <sha256>"
 *   "src/latest"   "symlink main.go"
 *
 * Paths are relative, `/`-separated and NFC, so that a key is the same wherever a checkout lies and whatever form its
 * file system gives to letters. Nothing else of a file takes part: no times, no owner, no place. A directory counts also
 * when it is empty; a path that goes away during the look was never there; sockets are left out, as builders do.
 */
import { constants, lstatSync, readdirSync, readlinkSync, type Stats, statSync } from "node:fs";
import { Failure } from "../diag/failure.ts";
import { systemClock } from "../std/clock.ts";
import { directoryDescription, fileDescription, linkDescription, specialDescription } from "./description.ts";
import type { FileIndex, FileLook } from "./file-index.ts";
import { isRacy } from "./file-stamp.ts";
import { hashFile, hashLargeFile, isGone } from "./hash-file.ts";
import type { Sources } from "./sources.ts";

/** Path -> description. It has no prototype: a file may be called `constructor`. */
export type TreeRecord = { readonly [path: string]: string };

/** A directory of the walk. One that counts only for what is below it is written when something turns up. */
interface Folder {
  readonly full: string;
  readonly path: string;
  /** Whether the path is in NFC. */
  readonly plain: boolean;
  readonly parent: Folder | undefined;
  readonly description: string;
  readonly names: readonly string[];
  next: number;
  counted: boolean;
}

const largeBytes = 16 * 1024 * 1024;
/** How long the walk works before others get a turn: short enough for a view that redraws. */
const turnMs = 12;

/** @throws Failure for what is there and cannot be read; the signal's reason once it is aborted */
export async function hashTree(sources: Sources, index: FileIndex, signal: AbortSignal): Promise<TreeRecord> {
  const look = index.look();
  const files: Record<string, string> = Object.create(null);
  const odd: [path: string, description: string][] = [];
  const turn = turns(signal);
  const put = (path: string, description: string, plain: boolean) => {
    if (plain) files[path] = description;
    else odd.push([path, description]);
  };
  const count = (folder: Folder | undefined) => {
    for (let each = folder; each && !each.counted; each = each.parent) {
      each.counted = true;
      if (each.path !== "") put(each.path, each.description, each.plain);
    }
  };

  const root = sources.root.replace(/\/+$/, "");
  let folder: Folder | undefined = openFolder(root, "", true, undefined, undefined);
  while (folder) {
    const name: string | undefined = folder.names[folder.next++];
    if (name === undefined) {
      folder = folder.parent;
      continue;
    }
    // One text for both names: cutting is free, building each of them for every file is not.
    const full: string = `${folder.full}/${name}`;
    const path = full.slice(root.length + 1);
    if (turn.due()) await turn.take();
    const stat = statusOf(full);
    if (!stat) continue;
    const kind = kindOf(stat);
    if (kind === undefined) continue;
    const part = sources.part(path, kind);
    if (part === "out") continue;
    if (kind === "directory") {
      folder = openFolder(full, path, folder.plain && isPlain(name), folder, stat);
      if (part === "in") count(folder);
      continue;
    }
    const described = kind === "symlink" ? target(full) : describeFile(full, path, stat, look, turn.take);
    // Nearly every file is known: waiting for each would cost more than looking at it.
    const description = described instanceof Promise ? await described : described;
    if (description === undefined) continue;
    count(folder);
    put(path, description, folder.plain && isPlain(name));
  }
  addOdd(files, odd);
  for (const { name, path } of sources.extra) addExtra(files, name, await describeExtra(path, look, turn.take));
  look.end();
  return files;
}

/**
 * What a tree's record says of one path, without a look at the rest; undefined where nothing is there. Always read: it
 * is asked for paths that have just changed.
 */
export async function describePath(path: string, signal: AbortSignal): Promise<string | undefined> {
  const stat = lookAt(path, (there) => lstatSync(there));
  const kind = stat && kindOf(stat);
  if (stat === undefined || kind === undefined) return undefined;
  if (kind === "directory") return directoryDescription(stat.mode);
  return kind === "symlink" ? target(path) : describeFile(path, path, stat, noIndex, turns(signal).take);
}

const noIndex: FileLook = { known: () => undefined, learn: () => undefined, end: () => undefined };

/** A tree's root that is not there is empty: what is missing is said by whoever needs it. */
function openFolder(
  full: string,
  path: string,
  plain: boolean,
  parent: Folder | undefined,
  stat: Stats | undefined,
): Folder {
  const names = lookAt(`${full}/`, (dir) => readdirSync(dir)) ?? [];
  const description = stat ? directoryDescription(stat.mode) : "";
  return { full, path, plain, parent, description, names, next: 0, counted: false };
}

/** Undefined for a socket. What is neither file, directory nor link (a pipe, a device) is a file to whoever selects. */
function kindOf({ mode }: Stats): "file" | "directory" | "symlink" | undefined {
  const type = mode & constants.S_IFMT;
  if (type === constants.S_IFDIR) return "directory";
  if (type === constants.S_IFLNK) return "symlink";
  return type === constants.S_IFSOCK ? undefined : "file";
}

function isRegular({ mode }: Stats): boolean {
  return (mode & constants.S_IFMT) === constants.S_IFREG;
}

function target(full: string): string | undefined {
  const target = lookAt(full, (link) => readlinkSync(link));
  return target === undefined ? undefined : linkDescription(target);
}

function describeFile(full: string, path: string, stat: Stats, look: FileLook, turn: () => Promise<void>) {
  if (!isRegular(stat)) return specialDescription(stat.mode);
  const known = look.known(path, stat);
  const words = (digest: string | undefined) => (digest === undefined ? undefined : fileDescription(stat.mode, digest));
  if (known !== undefined) return words(known);
  return readDigest(full, path, stat, look, turn).then(words);
}

async function describeExtra(path: string, look: FileLook, turn: () => Promise<void>): Promise<string> {
  const stat = lookAt(path, (there) => statSync(there));
  if (!stat || !isRegular(stat)) return "absent";
  const digest = look.known(path, stat) ?? (await readDigest(path, path, stat, look, turn));
  return digest === undefined ? "absent" : `content ${digest}`;
}

/** @param key the file's name in the index */
async function readDigest(full: string, key: string, stat: Stats, look: FileLook, turn: () => Promise<void>) {
  const seenAt = systemClock.now();
  try {
    const digest = stat.size > largeBytes ? await hashLargeFile(full, turn) : hashFile(full);
    if (digest !== undefined && !isRacy(stat, seenAt)) look.learn(key, stat, digest);
    return digest;
  } catch (error) {
    throw isSystemError(error) ? unreadable(full, error) : error;
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

/** Two names can be one in NFC. Then the plain one keeps its name, and each other keeps its own form, in a fixed order. */
function addOdd(files: Record<string, string>, odd: readonly [string, string][]): void {
  for (const [path, description] of [...odd].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const composed = path.normalize("NFC");
    files[composed in files ? path : composed] = description;
  }
}

/** A file beside the tree whose name the tree has, too: the same content is told once, another one is kept apart. */
function addExtra(files: Record<string, string>, name: string, description: string): void {
  const there = files[name];
  if (there === undefined) files[name] = description;
  else if (there.split(" ").at(-1) !== description.split(" ").at(-1)) files[`${name}//extra`] = description;
}

/** Judged name by name: a name could begin with a mark that joins the letter before it, but never a separator. */
function isPlain(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what needs no normalization
  return /^[\x00-\x7f]*$/.test(name) || name.normalize("NFC") === name;
}

function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isGone(error)) return undefined;
    throw unreadable(path, error);
  }
}

function lookAt<T>(path: string, look: (path: string) => T): T | undefined {
  try {
    return look(path);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): Failure {
  const reason = (error as NodeJS.ErrnoException).code === "EACCES" ? "permission denied" : (error as Error).message;
  return new Failure({
    severity: "error",
    message: `cannot read ${path}, which counts as an input: ${reason}`,
    suggestion: "make it readable, or leave it out with an ignore file",
  });
}

/** Lets others run, and sees cancellation, every few milliseconds. */
function turns(signal: AbortSignal) {
  let last = performance.now();
  let calls = 0;
  signal.throwIfAborted();
  return {
    due: () => (++calls & 31) === 0 && performance.now() - last > turnMs,
    async take() {
      if (performance.now() - last <= turnMs) return;
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      last = performance.now();
    },
  };
}
