/**
 * A batch of synced files as one archive and a list of deletions. Files are read when the archive is made, so it holds
 * what is there now; one that has gone meanwhile is left out, because its own event is on the way. Times are those of
 * the sync: a server that answers by modification times must not take an older file for the one it knows.
 *
 * A large file is read while it is sent. It arrives as the bytes that it had when the archive was made, even if it has
 * grown since; one that was replaced or is shorter by then fails the archive. A file is never read through a link that
 * took its place. Pipes, sockets and devices are left out.
 */
import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readlink } from "node:fs/promises";
import { type TarEntry, tar, tarLength } from "../image/tar.ts";
import { SourceChanged } from "../std/exact-chunks.ts";
import type { Payload } from "../std/kept-shell.ts";

export interface Transfer {
  /** Absolute path of the file in the workspace; absent: deleted. */
  readonly source?: string;
  /** What is there now has to go first. */
  readonly replaces?: boolean;
  /** Absolute paths in the container. */
  readonly destinations: readonly string[];
}

export interface SyncArchive {
  /** Undefined where there are only deletions. */
  readonly payload: Payload | undefined;
  /** Absolute paths to be removed first. */
  readonly deleted: readonly string[];
}

/** Larger files are streamed. */
const mostInMemory = 4 << 20;
const chunkBytes = 256 << 10;
/** How often a place is looked at that is another kind of thing each time. */
const mostLooks = 5;

/** @param now seconds since the epoch */
export async function syncArchive(transfers: readonly Transfer[], now: number): Promise<SyncArchive> {
  const entries = await Promise.all(transfers.map((transfer) => entriesOf(transfer, now)));
  const all = entries.flat();
  const deleted = transfers.flatMap(({ source, replaces, destinations }) =>
    source === undefined || replaces ? destinations : [],
  );
  return { deleted, payload: all.length === 0 ? undefined : { bytes: tarLength(all), chunks: tar(all) } };
}

async function entriesOf({ source, destinations }: Transfer, modified: number): Promise<TarEntry[]> {
  if (source === undefined) return [];
  const entry = await entryOf(source).catch((thrown: unknown) => {
    const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw thrown;
  });
  if (entry === undefined) return [];
  return destinations.map((place) => ({ ...entry, path: place.replace(/^\/+/, ""), modified }));
}

async function entryOf(source: string, looks = 1): Promise<Omit<TarEntry, "path"> | undefined> {
  const stat = await lstat(source);
  const mode = stat.mode & 0o7777;
  if (stat.isDirectory()) return { bytes: 0, chunks: [], mode, type: { kind: "directory" } };
  if (stat.isSymbolicLink()) return { bytes: 0, chunks: [], type: { kind: "symlink", target: await readlink(source) } };
  if (!stat.isFile()) return undefined;
  if (stat.size > mostInMemory) return { bytes: stat.size, mode, chunks: readLater(source, stat) };
  try {
    const content = await readNow(source);
    return { bytes: content.length, mode, chunks: [content] };
  } catch (thrown) {
    if (!(thrown instanceof SourceChanged) || looks === mostLooks) throw thrown;
    return entryOf(source, looks + 1);
  }
}

/** A small file as it is when it is opened. @throws SourceChanged where it is no file any more. */
async function readNow(source: string): Promise<Uint8Array> {
  await using file = await openFile(source);
  const { size } = await file.stat();
  const content = Buffer.alloc(size);
  let have = 0;
  while (have < size) {
    const { bytesRead } = await file.read(content, have, size - have, have);
    if (bytesRead === 0) break;
    have += bytesRead;
  }
  return content.subarray(0, have);
}

/** A large file from its start, opened when the first chunk is wanted. @throws SourceChanged where it is another file by then. */
async function* readLater(source: string, looked: Stats): AsyncGenerator<Uint8Array> {
  await using file = await openFile(source);
  const { dev, ino } = await file.stat();
  if (dev !== looked.dev || ino !== looked.ino) throw changed(source);
  for (let at = 0; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Opens a plain file: not what a link points to, and without waiting for the other end of a pipe. */
async function openFile(source: string): Promise<FileHandle> {
  const file = await open(source, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((thrown) => {
    throw ["ELOOP", "ENXIO", "ENOENT", "ENOTDIR"].includes(thrown.code) ? changed(source) : thrown;
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw changed(source);
}

function changed(source: string): SourceChanged {
  return new SourceChanged(`${source} was replaced while it was read`);
}
