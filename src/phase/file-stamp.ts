/**
 * Stamps of files, which differ after every write of the file or of a link's target; and whether files are in the state
 * that an observation read.
 */
import { type BigIntStats, statSync } from "node:fs";
import type { Watch } from "../graph/task.ts";
import { isBelow } from "../std/text/below.ts";

/** Path -> its stamp when the observation ended. */
export type Stamps = Readonly<Record<string, string>>;

/**
 * Judges paths by their stamps. A directory counts for the files that were read below it, because a watcher reports
 * only the top directory of a move.
 * @param ruleOf the rule by which a path counts, whether it exists or not; undefined for one that does not count
 * @param left absent: the observation reads its files again before it ends, so that no event during it counts as a
 * change
 */
export function judgeOf(ruleOf: (path: string) => string | undefined, read: Stamps, left?: Stamps): Watch["judge"] {
  const isChanged = (path: string) => left !== undefined && (left[path] ?? "") !== fileStamp(path);
  return (path) => {
    const rule = ruleOf(path);
    if (rule !== undefined) return { rule, changes: isChanged(path) };
    const below = Object.keys(read).filter((file) => isBelow(file, path));
    const [first] = below;
    return first === undefined ? undefined : { rule: ruleOf(first) ?? first, changes: below.some(isChanged) };
  };
}

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
