/**
 * What a file's status says of its content: equal stamps mean equal content, or the file is hashed again.
 *
 * A stamp is trusted only when the file was old enough when it was read. A file that is written twice within one tick of
 * its file system's clock has the same times after the second write, so one that was touched just now may change
 * without a trace. Times are doubles: they lose less than a microsecond, and no clock ticks that fine between two writes
 * and a status call.
 */
import type { Stats } from "node:fs";

/** What of a status takes part. */
export type Stamp = Pick<Stats, "size" | "mtimeMs" | "ctimeMs" | "ino" | "mode">;

/** Size, content time, status time, inode and mode: the order in the index. */
export const stampFields = 5;

/** Puts the stamp of a status at `at` of `row`. */
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

/** Kernels tick every 1 to 10 ms; a file system that keeps whole seconds only may tick every two of them. */
function tickOf(stat: Stamp): number {
  return stat.mtimeMs % 1000 === 0 && stat.ctimeMs % 1000 === 0 ? 2000 : 50;
}
