/**
 * The changes from one tree to another, as paths for readers of `why`. Directories with equal digests are skipped, so
 * that the cost depends on the differences and not on the size of the trees.
 */
import type { Change } from "../../event/event.ts";
import { Directory, type Entry } from "./directory.ts";
import type { FileTree } from "./file-tree.ts";

const nothing = Directory.of([]);

/** In the order of the paths; empty exactly when the trees are equal. */
export function compareTrees(was: FileTree, now: FileTree): Change[] {
  const changes = [...compare(was.root, now.root, ""), ...compare(was.extra, now.extra, "")];
  return merged(changes).sort((a, b) => (a.path < b.path ? -1 : 1));
}

function* compare(was: Directory, now: Directory, prefix: string): Iterable<Change> {
  if (was.digest === now.digest) return;
  const [before, after] = [was.entries, now.entries];
  for (let i = 0, j = 0; i < before.length || j < after.length; ) {
    const [old, fresh] = [before[i], after[j]];
    const oldFirst = fresh === undefined || (old !== undefined && old.name <= fresh.name);
    const newFirst = old === undefined || (fresh !== undefined && fresh.name <= old.name);
    if (oldFirst) i++;
    if (newFirst) j++;
    yield* compareEntry(oldFirst ? old : undefined, newFirst ? fresh : undefined, prefix);
  }
}

function* compareEntry(was: Entry | undefined, now: Entry | undefined, prefix: string): Iterable<Change> {
  const path = `${prefix}${(now ?? was)?.name}`;
  if (was === undefined && now) yield { kind: "added", path, now: now.description };
  else if (now === undefined && was) yield { kind: "removed", path, was: was.description };
  else if (was && now && was.description !== now.description)
    yield { kind: "changed", path, was: was.description, now: now.description };
  if (was?.directory || now?.directory)
    yield* compare(was?.directory ?? nothing, now?.directory ?? nothing, `${path}/`);
}

/** Merges a removal and an addition under one name: a file may move into the tree from beside it, or out of it. */
function merged(changes: readonly Change[]): Change[] {
  const byPath = new Map<string, Change>();
  for (const change of changes) {
    const other = byPath.get(change.path);
    byPath.set(change.path, other ? { ...other, ...sides(change), kind: "changed" } : change);
  }
  return [...byPath.values()].filter(({ kind, was, now }) => kind !== "changed" || was !== now);
}

function sides({ was, now }: Change): Pick<Change, "was" | "now"> {
  return { ...(was === undefined ? {} : { was }), ...(now === undefined ? {} : { now }) };
}
