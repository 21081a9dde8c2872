/**
 * Which directories have to be watched so that every target is: a root inside another one is left out where both lead to
 * the same place (a link on the way makes it a place of its own), and a single file is watched through its directory
 * where no root has it. Where links are on the way to a target, they and everything behind them are watched as well: a
 * change there is a change of the target.
 */
import { realpath } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { isBelow } from "../../std/text/below.ts";
import { linksOnce, linkWay } from "./link-way.ts";
import type { WatchTargets } from "./watcher.ts";

export interface WatchRoots {
  /** With everything below. */
  readonly trees: readonly string[];
  /** Directory -> names in it -> the targets that change with them; watched without what is below. */
  readonly singles: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
  /** Of directories that are watched: where they are. */
  readonly real: ReadonlyMap<string, string>;
  /** Of targets with links on their way: that way. */
  readonly ways: ReadonlyMap<string, string>;
}

export async function watchRoots(targets: WatchTargets): Promise<WatchRoots> {
  const roots = [...new Set(targets.roots)].sort();
  const files = new Set(targets.files);
  const directories = new Set([...roots, ...[...files].map((file) => dirname(file))]);
  const real = new Map(await Promise.all([...directories].map(resolved)));
  const trees: string[] = [];
  const covered = (path: string) =>
    trees.some(
      (tree) => path === tree || (isBelow(path, tree) && real.get(path) === real.get(tree) + path.slice(tree.length)),
    );
  for (const root of roots) if (!covered(root)) trees.push(root);
  const singles = new Map<string, Map<string, Set<string>>>();
  const add = (directory: string, name: string, target: string) => {
    const names = singles.get(directory) ?? new Map<string, Set<string>>();
    singles.set(directory, names);
    names.set(name, (names.get(name) ?? new Set()).add(target));
  };
  const ways = new Map<string, string>();
  const kind = linksOnce();
  for (const target of [...roots, ...files]) {
    const way = linkWay(target, kind);
    for (const { directory, name } of way) add(directory, name, target);
    if (way.length > 0) ways.set(target, way.map(({ directory, name }) => `${directory}/${name}`).join("\n"));
    else if (files.has(target) && !covered(dirname(target))) add(dirname(target), basename(target), target);
  }
  return { trees, singles, real, ways };
}

/** Whether what watches `by` tells of every change in `files`, as far as names say it. */
export function isWatched({ roots, files }: WatchTargets, by: WatchTargets): boolean {
  const within = (path: string) => by.roots.some((root) => path === root || isBelow(path, root));
  return roots.every(within) && files.every((path) => within(path) || by.files.includes(path));
}

async function resolved(path: string): Promise<[string, string]> {
  return [path, await realpath(path).catch(() => path)];
}
