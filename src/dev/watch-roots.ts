/**
 * Which directories have to be watched so that every target is: a root inside another one is left out where both lead to
 * the same place (a link on the way makes it a place of its own), and a single file is watched through its directory
 * where no root has it.
 */
import { realpath } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { isBelow } from "../std/below.ts";
import type { WatchTargets } from "./watcher.ts";

export interface WatchRoots {
  /** With everything below. */
  readonly trees: readonly string[];
  /** Directory -> names in it; watched without what is below. */
  readonly singles: ReadonlyMap<string, ReadonlySet<string>>;
}

export async function watchRoots(targets: WatchTargets): Promise<WatchRoots> {
  const roots = [...new Set(targets.roots)].sort();
  const real = new Map(await Promise.all([...roots, ...targets.files.map(dirname)].map(resolved)));
  const trees: string[] = [];
  const covered = (path: string) =>
    trees.some(
      (tree) => path === tree || (isBelow(path, tree) && real.get(path) === real.get(tree) + path.slice(tree.length)),
    );
  for (const root of roots) if (!covered(root)) trees.push(root);
  const singles = new Map<string, Set<string>>();
  for (const file of targets.files) {
    const directory = dirname(file);
    if (covered(directory)) continue;
    singles.set(directory, (singles.get(directory) ?? new Set()).add(basename(file)));
  }
  return { trees, singles };
}

/** Whether what watches `by` tells of every change in `files`, as far as names say it. */
export function isWatched({ roots, files }: WatchTargets, by: WatchTargets): boolean {
  const within = (path: string) => by.roots.some((root) => path === root || isBelow(path, root));
  return roots.every(within) && files.every((path) => within(path) || by.files.includes(path));
}

async function resolved(path: string): Promise<[string, string]> {
  return [path, await realpath(path).catch(() => path)];
}
