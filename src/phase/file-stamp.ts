/** What tells of every write of a file, or of what a link leads to. */
import { type BigIntStats, statSync } from "node:fs";

/** Empty where it cannot be read. */
export function fileStamp(path: string): string {
  const stat = lookedAt(path);
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}` : "";
}

function lookedAt(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}
