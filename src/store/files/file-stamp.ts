/**
 * The fields of a file's status that stand for its content: a file with an equal stamp has equal content, any other
 * file is hashed again.
 * A stamp is trusted only when the file was old enough when it was read. A file that is written twice within one tick
 * of its file system's clock has the same times after the second write, so a recently touched file may change without a
 * trace in its status. Times are doubles: they lose less than a microsecond, and no clock ticks that often between two
 * writes and a status call.
 */
import type { Stats } from "node:fs";

/** The fields of a status that belong to the stamp. */
export type Stamp = Pick<Stats, "size" | "mtimeMs" | "ctimeMs" | "ino" | "mode">;

/** Number of fields; their order in the index: size, content time, status time, inode, mode. */
export const stampFields = 5;

/** Writes the stamp of a status into `row`, beginning at index `at`. */
export function stampInto(row: Float64Array, at: number, stat: Stamp): void {
  row[at] = stat.size;
  row[at + 1] = stat.mtimeMs;
  row[at + 2] = stat.ctimeMs;
  row[at + 3] = stat.ino;
  row[at + 4] = stat.mode;
}

export function isStamp(row: Float64Array, at: number, stat: Stamp): boolean {
  return (
    row[at] === stat.size &&
    row[at + 1] === stat.mtimeMs &&
    row[at + 2] === stat.ctimeMs &&
    row[at + 3] === stat.ino &&
    row[at + 4] === stat.mode
  );
}

/** @param seenAt when the status was taken, in milliseconds since the epoch of the real clock */
export function isRacy(stat: Stamp, seenAt: number): boolean {
  const touched = Math.max(stat.mtimeMs, stat.ctimeMs);
  return touched > seenAt - tickOf(stat);
}

/**
 * Length of a tick. Kernels tick every 1 to 10 ms; a file system that keeps whole seconds may tick every two seconds.
 */
function tickOf(stat: Stamp): number {
  return stat.mtimeMs % 1000 === 0 && stat.ctimeMs % 1000 === 0 ? 2000 : 50;
}
