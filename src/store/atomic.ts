/**
 * Writes a file so that every reader, in this process or another, sees either the old content or the new one, never a
 * part. A process killed at any point leaves at most a temporary file, which no reader opens and the collector removes.
 */
import { link, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { randomHex } from "../std/random.ts";

/** Names with this prefix belong to files whose write has not ended, or never will. */
export const temporaryPrefix = ".tmp-";

export interface WriteOptions {
  /** Permission bits of the file; default 0600, because other users must not read the store. */
  readonly mode?: number;
  /**
   * Whether the content is flushed to the disk before the file gets its name; default true. Without the flush a power
   * cut can leave a damaged file, which readers take for a missing one; enough for files that only save work.
   */
  readonly flush?: boolean;
  /**
   * Also flushes the directory, so that the name survives a power cut. For state, not for files that can be made again.
   */
  readonly durable?: boolean;
}

/** @throws the system's error (ENOSPC, EACCES, ...) after removing the temporary file */
export async function writeAtomic(path: string, content: string | Uint8Array, options: WriteOptions = {}) {
  const temporary = await writeTemporary(path, content, options);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  if (options.durable) await flushDirectory(dirname(path));
}

/**
 * As `writeAtomic`, but only where no file has the name yet.
 * @returns false where a file has the name
 */
export async function writeNew(path: string, content: string | Uint8Array, options: WriteOptions = {}) {
  const temporary = await writeTemporary(path, content, options);
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Whether a file name belongs to a write that has not ended, or never will. */
export function isTemporary(name: string): boolean {
  return name.startsWith(temporaryPrefix);
}

async function writeTemporary(path: string, content: string | Uint8Array, options: WriteOptions): Promise<string> {
  const temporary = join(dirname(path), `${temporaryPrefix}${basename(path).slice(0, 40)}-${randomHex(6)}`);
  const file = await openForWrite(temporary, options.mode ?? 0o600);
  try {
    await file.writeFile(content);
    if (options.flush ?? true) await file.sync();
    await file.close();
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
  return temporary;
}

/** Opens the file and makes its folder only where it is missing: usually this is one system call. */
async function openForWrite(path: string, mode: number) {
  try {
    return await open(path, "wx", mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await open(path, "wx", mode);
  }
}

/** Flushes a directory. Some file systems cannot, and their error is ignored because they have nothing to flush. */
async function flushDirectory(path: string): Promise<void> {
  const directory = await open(path, "r").catch(() => undefined);
  await directory?.sync().catch(() => undefined);
  await directory?.close();
}
