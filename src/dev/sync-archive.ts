/**
 * A batch of synced files as one archive and a list of deletions. Files are read when the archive is made, so it holds
 * what is there now; one that has gone meanwhile is left out, because its own event is on the way. Times are those of
 * the sync: a server that answers by modification times must not take an older file for the one it knows.
 */
import { lstat, readFile, readlink } from "node:fs/promises";
import { type TarEntry, tar, tarLength } from "../image/tar.ts";
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

async function entryOf(source: string): Promise<Omit<TarEntry, "path">> {
  const stat = await lstat(source);
  const mode = stat.mode & 0o7777;
  if (stat.isDirectory()) return { bytes: 0, chunks: [], mode, type: { kind: "directory" } };
  if (stat.isSymbolicLink()) return { bytes: 0, chunks: [], type: { kind: "symlink", target: await readlink(source) } };
  if (stat.size > mostInMemory) return { bytes: stat.size, mode, chunks: Bun.file(source).stream() };
  const content = await readFile(source);
  return { bytes: content.length, mode, chunks: [content] };
}
