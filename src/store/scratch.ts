/**
 * Files for bytes that only pass through devloop: too many for the memory, and private. A file lies in the cache with
 * mode 0600 and is unlinked as soon as it is open, so that it vanishes with the process, however the process ends.
 * Files of a system that cannot unlink an open file, and of a process killed before the unlink, are removed at the next
 * start.
 */
import { type FileHandle, mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { randomHex } from "../std/random.ts";

/** Written once from start to end, then readable any number of times. Disposing frees its space. */
export interface ScratchFile extends AsyncDisposable {
  /**
   * Appends; one call at a time.
   * @throws the system's error, such as ENOSPC
   */
  write(data: Uint8Array): Promise<void>;
  /** The written bytes from the start. Several readers may run at once. */
  chunks(): AsyncIterable<Uint8Array>;
}

export type OpenScratch = () => Promise<ScratchFile>;

const chunkBytes = 256 << 10;

/** @throws the system's error where the folder cannot be written to */
export async function openScratch(folder: string): Promise<ScratchFile> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, randomHex(12));
  const file = await open(path, "wx+", 0o600);
  const unlinked = await rm(path).then(
    () => true,
    () => false,
  );
  let bytes = 0;
  return {
    async write(data) {
      for (let at = 0; at < data.length; ) {
        const { bytesWritten } = await file.write(data, at, data.length - at, bytes);
        at += bytesWritten;
        bytes += bytesWritten;
      }
    },
    chunks: () => read(file, () => bytes),
    async [Symbol.asyncDispose]() {
      await file.close();
      if (!unlinked) await rm(path, { force: true });
    },
  };
}

async function* read(file: FileHandle, size: () => number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size(); ) {
    const wanted = Math.min(chunkBytes, size() - at);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(wanted), 0, wanted, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Removes files of ended processes. Files of running processes have no name any more, or cannot be removed. */
export async function sweepScratch(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  await Promise.all(names.map((name) => rm(join(folder, name), { force: true }).catch(() => undefined)));
}
