/** The digest of a file's content, read in pieces into one buffer that is used again: reading is most of the cost. */
import { closeSync, openSync, readSync } from "node:fs";

const pieceBytes = 256 * 1024;
const shared = Buffer.allocUnsafe(pieceBytes);

/**
 * For files of ordinary size: nobody else gets a turn meanwhile.
 * @returns 64 hex digits, or undefined for a file that is not there any more
 * @throws the system's error where it cannot be read
 */
export function hashFile(path: string): string | undefined {
  const file = openForRead(path);
  if (file === undefined) return undefined;
  try {
    const hasher = new Bun.CryptoHasher("sha256");
    for (let count = readSync(file, shared); count > 0; count = readSync(file, shared))
      hasher.update(count === pieceBytes ? shared : shared.subarray(0, count));
    return hasher.digest("hex");
  } finally {
    closeSync(file);
  }
}

/** As `hashFile`, giving others a turn between pieces: for files that would stop everything for a while. */
export async function hashLargeFile(path: string, turn: () => Promise<void>): Promise<string | undefined> {
  const file = openForRead(path);
  if (file === undefined) return undefined;
  try {
    const own = Buffer.allocUnsafe(pieceBytes);
    const hasher = new Bun.CryptoHasher("sha256");
    for (let count = readSync(file, own); count > 0; count = readSync(file, own)) {
      hasher.update(own.subarray(0, count));
      await turn();
    }
    return hasher.digest("hex");
  } finally {
    closeSync(file);
  }
}

function openForRead(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Whether a path is not there any more: one of its folders may be gone, or a file now. */
export function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}
