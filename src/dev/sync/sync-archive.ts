/**
 * A batch of synced files as one archive and a list of deletions. Files are read when the archive is made, so it has
 * their present content, and it reports the content of each path; a file that was deleted meanwhile is left out,
 * because its own event follows. Modification times are those of the sync, so that a server which compares them does
 * not take an older file for the known one.
 * A large file is read while it is sent. It arrives with the bytes that it had when the archive was made, even if it
 * has grown since; a file that was replaced or is shorter by then fails the archive. A file is never read through a
 * link that replaced it. Pipes, sockets and devices are left out.
 */
import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readlink } from "node:fs/promises";
import { type TarEntry, tar, tarLength } from "../../image/archive/tar.ts";
import { exactChunks, SourceChanged } from "../../std/bytes/exact-chunks.ts";
import type { Payload } from "../../std/bytes/kept-shell.ts";
import { sha256 } from "../../std/data/digest.ts";
import type { Json } from "../../std/data/json.ts";
import { directoryDescription, fileDescription, linkDescription } from "../../store/files/description.ts";

export interface Transfer {
  /** The path's name in the sent descriptions. */
  readonly path: string;
  /** Absolute path of the file in the workspace; absent: deleted. */
  readonly source?: string;
  /** Whether an existing file or directory must be removed first. */
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

/** The sent content of each path, as a description (`null`: it was deleted). A path that was left out is absent. */
export type SentFingerprints = ReadonlyMap<string, Json>;

/** Larger files are streamed. */
const mostInMemory = 4 << 20;
const chunkBytes = 256 << 10;
/** How often a path is read again that is another kind of file each time. */
const mostLooks = 5;

/**
 * @param now seconds since the epoch
 * @returns the archive, and `sent`: the content of its payload, called once the payload was taken
 */
export async function syncArchive(
  transfers: readonly Transfer[],
  now: number,
): Promise<SyncArchive & { sent(): SentFingerprints }> {
  const contents = await Promise.all(transfers.map(({ source }) => (source === undefined ? undefined : read(source))));
  const entries = transfers.flatMap(({ destinations }, i) =>
    destinations.flatMap((place): TarEntry[] => {
      const entry = contents[i]?.entry();
      return entry === undefined ? [] : [{ ...entry, path: place.replace(/^\/+/, ""), modified: now }];
    }),
  );
  const deleted = transfers.flatMap(({ source, replaces, destinations }) =>
    source === undefined || replaces ? destinations : [],
  );
  return {
    deleted,
    payload: entries.length === 0 ? undefined : { bytes: tarLength(entries), chunks: tar(entries) },
    sent: () => {
      const prints = transfers.map(({ path, source }, i): [string, Json | undefined] => [
        path,
        source === undefined ? null : contents[i]?.print(),
      ]);
      return new Map(prints.flatMap(([path, print]) => (print === undefined ? [] : [[path, print]])));
    },
  };
}

type Entry = Omit<TarEntry, "path">;

/** One file of the workspace for an archive. */
interface Content {
  /** A new entry for each destination, because a stream can be read once. */
  entry(): Entry;
  /** The description of the read content; undefined where nothing was read, or two entries got different content. */
  print(): string | undefined;
}

/** Undefined where the path does not exist, or cannot be in an archive. */
async function read(source: string, looks = 1): Promise<Content | undefined> {
  try {
    const stat = await lstat(source);
    const mode = stat.mode & 0o7777;
    if (stat.isDirectory())
      return known({ bytes: 0, chunks: [], mode, type: { kind: "directory" } }, directoryDescription(mode));
    if (stat.isSymbolicLink()) {
      const target = await readlink(source);
      return known({ bytes: 0, chunks: [], type: { kind: "symlink", target } }, linkDescription(target));
    }
    if (!stat.isFile()) return undefined;
    if (stat.size > mostInMemory) return streamed(source, stat);
    const content = await readNow(source);
    return known({ bytes: content.length, mode, chunks: [content] }, fileDescription(mode, sha256(content)));
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (!(thrown instanceof SourceChanged) || looks === mostLooks) throw thrown;
    return read(source, looks + 1);
  }
}

function known(entry: Entry, print: string): Content {
  return { entry: () => entry, print: () => print };
}

function streamed(source: string, looked: Stats): Content {
  const { size, mode } = looked;
  const digests = new Set<string>();
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const hasher = new Bun.CryptoHasher("sha256");
    let left = size;
    for await (const chunk of exactChunks(readLater(source, looked), size, source)) {
      hasher.update(chunk);
      left -= chunk.length;
      // Computed with the last chunk, because no further chunk is requested.
      if (left === 0) digests.add(hasher.digest("hex"));
      yield chunk;
    }
  }
  return {
    entry: () => ({ bytes: size, mode: mode & 0o7777, chunks: chunks() }),
    print() {
      const [digest, ...others] = digests;
      return digest === undefined || others.length > 0 ? undefined : fileDescription(mode, digest);
    },
  };
}

/**
 * A small file in its state when it is opened.
 * @throws SourceChanged where it is no file any more
 */
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

/**
 * A large file from its start, opened when the first chunk is requested.
 * @throws SourceChanged where it is another file by then
 */
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

/** Opens a regular file: no target of a link, and without waiting for the other end of a pipe. */
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
