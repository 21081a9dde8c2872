/**
 * Which directories must be watched so that every target is. A root inside another one is left out where both lead to
 * the same place (through a link it is a separate place), and a single file is watched through its directory where no
 * root has it. Links on the way to a target, and everything behind them, are watched as well, because a change there is
 * a change of the target.
 */
import { realpath } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { isBelow } from "../../std/text/below.ts";
import { linksOnce, linkWay } from "./link-way.ts";
import type { WatchTargets } from "./watcher.ts";

export interface WatchRoots {
  /** Directories that are watched with everything below. */
  readonly trees: readonly string[];
  /** Directory -> names in it -> the targets that change with them; watched without subdirectories. */
  readonly singles: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
  /** Watched directories -> their real paths. */
  readonly real: ReadonlyMap<string, string>;
  /** Targets with links on their way -> that way. */
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

/** Whether a watcher with the targets `by` reports every change in `files`, judged by names. */
export function isWatched({ roots, files }: WatchTargets, by: WatchTargets): boolean {
  const within = (path: string) => by.roots.some((root) => path === root || isBelow(path, root));
  return roots.every(within) && files.every((path) => within(path) || by.files.includes(path));
}

async function resolved(path: string): Promise<[string, string]> {
  return [path, await realpath(path).catch(() => path)];
}
