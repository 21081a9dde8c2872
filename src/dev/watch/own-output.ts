/**
 * Whether a file is what this process prints to, as in `devloop dev > dev.log`. What it prints is no save, and telling of
 * one would be the next.
 */
import { type BigIntStats, fstatSync, statSync } from "node:fs";

/** @param descriptors by default those of standard output and standard error */
export function ownOutput(descriptors: readonly number[] = [1, 2]): (path: string) => boolean {
  const own = new Set(descriptors.flatMap((fd) => fileOf(() => fstatSync(fd, { bigint: true }))));
  if (own.size === 0) return () => false;
  return (path) => fileOf(() => statSync(path, { bigint: true })).some((file) => own.has(file));
}

/** What tells a regular file from all others; nothing for a terminal or a pipe, or where nothing is. */
function fileOf(look: () => BigIntStats): string[] {
  try {
    const stat = look();
    return stat.isFile() ? [`${stat.dev} ${stat.ino}`] : [];
  } catch {
    return [];
  }
}
