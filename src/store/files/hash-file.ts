/** The digest of a file's content, read in pieces into one reused buffer: reading is most of the cost. */
import { closeSync, openSync, readSync } from "node:fs";

const pieceBytes = 256 * 1024;
const shared = Buffer.allocUnsafe(pieceBytes);

/**
 * For files of ordinary size; blocks the event loop meanwhile.
 * @returns 64 hex digits, or undefined for a file that does not exist any more
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

/** As `hashFile`, but calls `turn` between pieces: for files that would block the event loop for long. */
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

/** Whether the error means that a path does not exist any more; one of its folders may be removed, or be a file now. */
export function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}
