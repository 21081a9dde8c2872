/** A snapshot of selected files: their tree, with the file statuses that the tree was made from. */
import type { Sources } from "../files/sources.ts";
import { type Beside, entriesOf, type KnownBeside, readBeside } from "./beside.ts";
import { extraOf, FileTree } from "./file-tree.ts";
import type { Seen } from "./seen.ts";
import { type Known, type WalkContext, walk } from "./walk.ts";

export interface Snapshot {
  readonly sources: Sources;
  readonly tree: FileTree;
  readonly seen: Seen;
  readonly beside: Beside;
}

export interface SnapshotContext extends WalkContext {
  readonly known: (Known & KnownBeside) | undefined;
}

/**
 * Walks the whole tree.
 * @throws Failure for what exists and cannot be read; the signal's reason once it is aborted
 */
export async function takeSnapshot(context: SnapshotContext, before: Snapshot | undefined): Promise<Snapshot> {
  const seen = await walk(context, "", before?.seen);
  return snapshotOf(context, seen, before);
}

/** The snapshot with a new state of the tree, and with the files beside it read again. */
export async function snapshotOf(
  context: SnapshotContext,
  seen: Seen,
  before: Snapshot | undefined,
): Promise<Snapshot> {
  const { sources } = context;
  const beside = await readBeside(context, before?.beside);
  const extra = extraOf(seen.content, entriesOf(sources, beside));
  const tree = new FileTree(seen.content, extra);
  return { sources, seen, beside, tree: before?.tree.digest === tree.digest ? before.tree : tree };
}
