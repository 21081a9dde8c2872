/** A tree as a look found it, with the statuses that it is true of. */
import type { Sources } from "../files/sources.ts";
import { type Beside, entriesOf, type KnownBeside, lookBeside } from "./beside.ts";
import { extraOf, FileTree } from "./file-tree.ts";
import type { Seen } from "./seen.ts";
import { type Known, type WalkContext, walk } from "./walk.ts";

export interface Look {
  readonly sources: Sources;
  readonly tree: FileTree;
  readonly seen: Seen;
  readonly beside: Beside;
}

export interface LookContext extends WalkContext {
  readonly known: (Known & KnownBeside) | undefined;
}

/** Looks at everything. @throws Failure for what is there and cannot be read; the signal's reason once it is aborted */
export async function lookAtAll(context: LookContext, before: Look | undefined): Promise<Look> {
  const seen = await walk(context, "", before?.seen);
  return lookOf(context, seen, before);
}

/** The look that a tree's new state makes, with the files beside it. */
export async function lookOf(context: LookContext, seen: Seen, before: Look | undefined): Promise<Look> {
  const { sources } = context;
  const beside = await lookBeside(context, before?.beside);
  const extra = extraOf(seen.content, entriesOf(sources, beside));
  const tree = new FileTree(seen.content, extra);
  return { sources, seen, beside, tree: before?.tree.digest === tree.digest ? before.tree : tree };
}
