/**
 * The description of one path in a key: its type, permission bits and content. A path that is removed meanwhile counts
 * as missing; a socket is left out, as builders do; a path that exists and cannot be read is a failure.
 */
import { isUtf8 } from "node:buffer";
import { constants, lstatSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { Failure } from "../../diag/failure.ts";
import { systemClock } from "../../std/clock.ts";
import { directoryDescription, fileDescription, linkDescription, specialDescription } from "../files/description.ts";
import type { FileDigests } from "../files/file-index.ts";
import { isRacy, type Stamp } from "../files/file-stamp.ts";
import { hashFile, hashLargeFile, isGone } from "../files/hash-file.ts";
import { type Turns, turns } from "./turns.ts";

/** A pipe or a device counts as a file where sources select paths. */
export type Kind = "file" | "directory" | "symlink";

const absent = "absent";
const largeBytes = 16 * 1024 * 1024;

/** Undefined for a socket. */
export function kindOf(mode: number): Kind | undefined {
  const type = mode & constants.S_IFMT;
  if (type === constants.S_IFDIR) return "directory";
  if (type === constants.S_IFLNK) return "symlink";
  return type === constants.S_IFSOCK ? undefined : "file";
}

const orNothing = { throwIfNoEntry: false } as const;

/** @throws Failure */
export function statusOf(path: string): Stamp | undefined {
  try {
    return lstatSync(path, orNothing);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw unreadable(path, error);
  }
}

/** The description of a path that is no directory, and the status that it belongs to. */
export interface Described {
  readonly description: string;
  readonly stamp: Stamp;
  /** Whether an equal stamp will mean an equal description later. False for a path that was touched a moment ago. */
  readonly trusted: boolean;
}

/**
 * The description of a file, a link or a device; undefined where it does not exist.
 * @param key the file's name in the index
 */
export function describe(full: string, key: string, stamp: Stamp, digests: FileDigests, turn: Turns) {
  const type = stamp.mode & constants.S_IFMT;
  if (type === constants.S_IFLNK) return describeLink(full, stamp);
  if (type !== constants.S_IFREG) return { description: specialDescription(stamp.mode), stamp, trusted: true };
  const known = digests.known(key, stamp);
  if (known !== undefined) return { description: fileDescription(stamp.mode, known), stamp, trusted: true };
  return readFile(full, key, digests, turn);
}

/** The description of a file beside a tree, which counts by its content alone. */
export async function describeExtra(path: string, stamp: Stamp, digests: FileDigests, turn: Turns): Promise<Described> {
  if (!isRegular(stamp)) return { description: absent, stamp, trusted: true };
  const known = digests.known(path, stamp);
  if (known !== undefined) return { description: `content ${known}`, stamp, trusted: true };
  const read = await readDigest(path, path, stamp, digests, turn);
  if (read === undefined) return { description: absent, stamp, trusted: false };
  return { description: `content ${read.digest}`, stamp, trusted: read.trusted };
}

/**
 * The status of a file beside a tree, following a link; all zeros where the file does not exist.
 * @throws Failure
 */
export function statusOfExtra(path: string): Stamp {
  return ifThere(path, (there) => statSync(there)) ?? { size: 0, mtimeMs: 0, ctimeMs: 0, ino: 0, mode: 0 };
}

/**
 * The description of one path, without reading the rest of the tree; undefined where the path does not exist. The
 * content is always read, because callers ask for paths that have just changed.
 */
export async function describePath(path: string, signal: AbortSignal): Promise<string | undefined> {
  const stamp = statusOf(path);
  const kind = stamp && kindOf(stamp.mode);
  if (stamp === undefined || kind === undefined) return undefined;
  if (kind === "directory") return directoryDescription(stamp.mode);
  return (await describe(path, path, stamp, noIndex, turns(signal)))?.description;
}

const noIndex: FileDigests = { known: () => undefined, learn: () => undefined, end: () => undefined };

function describeLink(full: string, stamp: Stamp): Described | undefined {
  const seenAt = systemClock.now();
  const target = ifThere(full, (link) => readlinkSync(link));
  return target === undefined
    ? undefined
    : { description: linkDescription(target), stamp, trusted: !isRacy(stamp, seenAt) };
}

/** Takes the status again directly before reading the content, because both must belong together. */
async function readFile(full: string, key: string, digests: FileDigests, turn: Turns): Promise<Described | undefined> {
  const stamp = statusOf(full);
  if (!stamp || !isRegular(stamp)) return undefined;
  const read = await readDigest(full, key, stamp, digests, turn);
  return read && { description: fileDescription(stamp.mode, read.digest), stamp, trusted: read.trusted };
}

async function readDigest(full: string, key: string, stamp: Stamp, digests: FileDigests, turn: Turns) {
  const seenAt = systemClock.now();
  try {
    const digest = stamp.size > largeBytes ? await hashLargeFile(full, () => turn.take()) : hashFile(full);
    if (digest === undefined) return undefined;
    const trusted = !isRacy(stamp, seenAt);
    if (trusted) digests.learn(key, stamp, digest);
    return { digest, trusted };
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? unreadable(full, error) : error;
  }
}

function isRegular({ mode }: Stamp): boolean {
  return (mode & constants.S_IFMT) === constants.S_IFREG;
}

/**
 * The result of `read` for a path; undefined where the path does not exist.
 * @throws Failure where it cannot be read
 */
export function ifThere<T>(path: string, read: (path: string) => T): T | undefined {
  try {
    return read(path);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw unreadable(path, error);
  }
}

const replaced = "\u{fffd}";

/**
 * Refuses a listed name whose bytes are no UTF-8: the listing has another name then, under which nothing is found, so a
 * change of the file would change no key.
 * @throws Failure
 */
export function refuseForeignName(directory: string, name: string): void {
  if (!name.includes(replaced)) return;
  const names = ifThere(directory, (there) => readdirSync(there, { encoding: "buffer" })) ?? [];
  if (!names.some((bytes) => !isUtf8(bytes) && bytes.toString() === name)) return;
  throw new Failure({
    severity: "error",
    message: `the name of ${directory}/${name}, which counts as an input, is not UTF-8`,
    suggestion: "rename it, or leave it out with an ignore file",
  });
}

/** The failure that a path of the inputs cannot be read. */
export function unreadable(path: string, error: unknown): Failure {
  const reason = (error as NodeJS.ErrnoException).code === "EACCES" ? "permission denied" : (error as Error).message;
  return new Failure({
    severity: "error",
    message: `cannot read ${path}, which counts as an input: ${reason}`,
    suggestion: "make it readable, or leave it out with an ignore file",
  });
}
