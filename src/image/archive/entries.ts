/**
 * The files of an image archive by name, for a folder or a tar. Only the headers of a tar are read; its files are read
 * in place. A compressed or truncated tar is refused.
 */
import { createReadStream } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { Failure } from "../../diag/failure.ts";
import { compressionIn } from "../source/image-source.ts";

export interface ArchiveEntry {
  readonly bytes: number;
  chunks(): AsyncIterable<Uint8Array>;
}

export interface ArchiveEntries {
  /**
   * Undefined where the archive has no such file.
   * @param name relative, `/`-separated, without `..`
   */
  entry(name: string): Promise<ArchiveEntry | undefined>;
}

/**
 * Undefined where the path does not exist.
 * @throws Failure for what is neither a folder nor a tar
 */
export async function archiveEntries(path: string): Promise<ArchiveEntries | undefined> {
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) return undefined;
  return status.isDirectory() ? folderEntries(path) : tarEntries(path);
}

function folderEntries(folder: string): ArchiveEntries {
  return {
    async entry(name) {
      const path = join(folder, name);
      const status = await stat(path).catch(() => undefined);
      return status?.isFile() ? fileEntry(path, 0, status.size) : undefined;
    },
  };
}

const chunkBytes = 1 << 20;

function fileEntry(path: string, offset: number, bytes: number): ArchiveEntry {
  return {
    bytes,
    async *chunks() {
      if (bytes === 0) return;
      const options = { start: offset, end: offset + bytes - 1, highWaterMark: chunkBytes };
      yield* createReadStream(path, options) as AsyncIterable<Uint8Array>;
    },
  };
}

interface Found {
  readonly offset: number;
  readonly bytes: number;
  /** The target of a link. */
  readonly target?: string;
}

async function tarEntries(path: string): Promise<ArchiveEntries> {
  const file = await open(path, "r");
  let found: ReadonlyMap<string, Found>;
  try {
    found = await readHeaders(file, path);
  } finally {
    await file.close();
  }
  return {
    async entry(name) {
      let at = found.get(name);
      for (let links = 0; at?.target !== undefined && links < mostLinks; links++) at = found.get(at.target);
      return at === undefined || at.target !== undefined ? undefined : fileEntry(path, at.offset, at.bytes);
    },
  };
}

const block = 512;
const mostLinks = 8;
/** Most headers of a tar: an archive has a few files for each layer. */
const mostHeaders = 100_000;
/** Longest text of a long name or a pax header. */
const mostText = 1 << 20;

async function readHeaders(file: FileHandle, path: string): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, Found>();
  const { size: end } = await file.stat();
  const read = async (at: number, bytes: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, at);
    if (bytesRead < bytes) throw damaged(path, "is cut off");
    return buffer;
  };
  let next: Partial<Record<"path" | "linkpath" | "size", string>> = {};
  for (let at = 0, count = 0; at < end; count++) {
    const header = await read(at, block);
    if (header.every((byte) => byte === 0)) break;
    if (header.toString("latin1", 257, 262) !== "ustar" || count > mostHeaders)
      throw damaged(path, compressionIn(header) === "none" ? "is no tar" : "is compressed as a whole");
    const bytes = next.size === undefined ? sizeIn(header) : Number(next.size);
    const offset = at + block;
    at = offset + Math.ceil(bytes / block) * block;
    if (!Number.isSafeInteger(bytes) || bytes < 0 || at > end) throw damaged(path, "is cut off");
    const mark = header.toString("latin1", 156, 157);
    if ("LKx".includes(mark) && mark !== "\0") {
      if (bytes > mostText) throw damaged(path, "has a header that is too long");
      const text = await read(offset, bytes);
      if (mark === "x") next = { ...next, ...paxFields(text) };
      else next = { ...next, [mark === "L" ? "path" : "linkpath"]: text.toString("utf8").split("\0", 1)[0] ?? "" };
      continue;
    }
    const name = posix.normalize(next.path ?? nameIn(header)).replace(/^\.?\//, "");
    const link = next.linkpath ?? field(header, 157, 100);
    if (mark === "0" || mark === "\0") found.set(name, { offset, bytes });
    if (mark === "1") found.set(name, { offset, bytes: 0, target: posix.normalize(link) });
    if (mark === "2") found.set(name, { offset, bytes: 0, target: posix.join(posix.dirname(name), link) });
    if (mark !== "g") next = {};
  }
  return found;
}

function field(header: Buffer, from: number, length: number): string {
  return header.toString("utf8", from, from + length).split("\0", 1)[0] ?? "";
}

function nameIn(header: Buffer): string {
  const prefix = field(header, 345, 155);
  // GNU tar has other fields in the place of the prefix.
  const isPosix = header.toString("latin1", 257, 263) === "ustar\0";
  return isPosix && prefix !== "" ? `${prefix}/${field(header, 0, 100)}` : field(header, 0, 100);
}

function sizeIn(header: Buffer): number {
  if (((header[124] ?? 0) & 0x80) !== 0) return Number(header.readBigUInt64BE(128));
  return Number.parseInt(field(header, 124, 12).trim() || "0", 8);
}

/** `LENGTH NAME=VALUE\n`, one after the other. */
function paxFields(text: Buffer): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let at = 0; at < text.length; ) {
    const space = text.indexOf(" ", at);
    const length = Number(text.toString("latin1", at, space));
    if (space < 0 || !(length > 0)) break;
    const [, name = "", value = ""] = /^([^=]*)=([\s\S]*)\n$/.exec(text.toString("utf8", space + 1, at + length)) ?? [];
    if (["path", "linkpath", "size"].includes(name)) fields[name] = value;
    at += length;
  }
  return fields;
}

export function damaged(path: string, what: string): Failure {
  return new Failure({
    severity: "error",
    message: `the image archive ${path} ${what}`,
    suggestion: "build it again as a docker-archive or an OCI layout",
  });
}
