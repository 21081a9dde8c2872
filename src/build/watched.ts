/**
 * What has to be watched of an artifact: made from the inspection that its key is made of, so that nothing that counts is
 * left unwatched, whichever builder it is.
 */
import type { WatchedFiles } from "../graph/task.ts";
import { isBelow } from "../std/text/below.ts";
import type { SourceSpec } from "./builder.ts";

export function watchedOf({ root, trees = [], extra, rules, listed = [] }: SourceSpec): WatchedFiles {
  const beside = extra.map(({ path }) => path).filter((path) => !trees.some((tree) => isBelow(path, tree.root)));
  return { roots: [root, ...trees.map((tree) => tree.root), ...listed], files: [...beside, ...rules] };
}

/** The name that a file of one of the trees has among the inputs; undefined for any other path. */
export function nameInTrees({ trees = [] }: SourceSpec, path: string): string | undefined {
  const tree = trees.find((one) => isBelow(path, one.root));
  return tree && `${tree.name}:${path.slice(tree.root.length + 1)}`;
}
