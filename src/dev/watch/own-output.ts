/**
 * Whether a file is the one that this process prints to, as in `devloop dev > dev.log`. Its writes are no saves: a
 * message about one would cause the next.
 */
import { type BigIntStats, fstatSync, statSync } from "node:fs";

/** @param descriptors default: those of standard output and standard error */
export function ownOutput(descriptors: readonly number[] = [1, 2]): (path: string) => boolean {
  const own = new Set(descriptors.flatMap((fd) => fileOf(() => fstatSync(fd, { bigint: true }))));
  if (own.size === 0) return () => false;
  return (path) => fileOf(() => statSync(path, { bigint: true })).some((file) => own.has(file));
}

/** The identity of a regular file; empty for a terminal or a pipe, or where the file does not exist. */
function fileOf(look: () => BigIntStats): string[] {
  try {
    const stat = look();
    return stat.isFile() ? [`${stat.dev} ${stat.ino}`] : [];
  } catch {
    return [];
  }
}
