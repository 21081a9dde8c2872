/**
 * Writes a file so that every reader, in this process or another, sees either the old content or the new, never a part.
 * A process killed at any point leaves at most a temporary file, which no reader opens and the collector removes.
 */
import { link, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { randomHex } from "../std/random.ts";

/** Names that begin so are of something that is not finished, or never will be. */
export const temporaryPrefix = ".tmp-";

export interface WriteOptions {
  /** Permission bits of the file; 0600 by default: nothing in the store is anybody else's business. */
  readonly mode?: number;
  /**
   * Whether the content is on the disk before the name is; true by default. Without it a power cut can leave a damaged
   * file, which is as good as none: for what is only nice to have.
   */
  readonly flush?: boolean;
  /** Also flushes the directory, so that the name outlives a power cut. For state, not for what can be made again. */
  readonly durable?: boolean;
}

/** @throws the system's error (ENOSPC, EACCES, ...), with nothing left behind. */
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

/** As `writeAtomic`, but only where nothing has the name yet. @returns false where something has. */
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

/** Whether a file name is of a write that has not ended, or never will. */
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

/** The folder is made only when it lacks: in the common case this is one system call. */
async function openForWrite(path: string, mode: number) {
  try {
    return await open(path, "wx", mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await open(path, "wx", mode);
  }
}

/** Not every file system can flush a directory; one that cannot has nothing to flush. */
async function flushDirectory(path: string): Promise<void> {
  const directory = await open(path, "r").catch(() => undefined);
  await directory?.sync().catch(() => undefined);
  await directory?.close();
}
