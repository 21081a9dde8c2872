/**
 * Watches by reading the status of every file in intervals: where notifications do not come (network file systems) or
 * are not wanted. Compares size, times, mode and inode, never content. Directories without counting files are not
 * walked.
 */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../std/clock.ts";
import { watchRoots } from "./watch-roots.ts";
import type { FileListener, Watcher, WatchTargets } from "./watcher.ts";

export interface PollOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** True for a directory that need not be walked. */
  pruned(directory: string): boolean;
}

type Table = Map<string, string>;
const batch = 256;

/** Resolves after the first walk: later changes are reported. */
export async function pollWatcher(
  targets: WatchTargets,
  listener: FileListener,
  options: PollOptions,
): Promise<Watcher> {
  const stopped = new AbortController();
  let current = targets;
  let table = await look(current, options);
  const follow = async () => {
    for (;;) {
      await options.clock.sleep(options.intervalMs, stopped.signal);
      const aim = current;
      const next = await look(aim, options);
      if (stopped.signal.aborted) return;
      // The targets changed during the walk: the next one compares with the new targets.
      if (aim !== current) continue;
      tell(table, next, listener);
      table = next;
    }
  };
  follow().catch((thrown: unknown) => {
    if (!stopped.signal.aborted) listener.notice(`polling ended: ${thrown instanceof Error ? thrown.message : thrown}`);
  });
  return {
    async retarget(wanted) {
      current = wanted;
      const next = await look(wanted, options);
      tell(new Map([...table].filter(([path]) => next.has(path))), next, listener, true);
      table = next;
    },
    [Symbol.dispose]() {
      stopped.abort();
    },
  };
}

function tell(before: Table, after: Table, listener: FileListener, onlyKnown = false): void {
  for (const [path, mark] of after) {
    const was = before.get(path);
    if (was !== mark && !(onlyKnown && was === undefined)) listener.changed(path);
  }
  for (const path of before.keys()) if (!after.has(path)) listener.changed(path);
}

async function look(targets: WatchTargets, options: PollOptions): Promise<Table> {
  const table: Table = new Map();
  const { trees, singles } = await watchRoots(targets);
  for (const tree of trees) await walk(tree, table, options);
  for (const [directory, names] of singles)
    for (const [name, targets] of names) {
      const mark = (await markOf(join(directory, name))) ?? "absent";
      // A target behind links has the state of all links on its way.
      for (const target of targets) table.set(target, `${table.get(target) ?? ""}\n${mark}`);
    }
  return table;
}

async function walk(directory: string, table: Table, options: PollOptions): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (let i = 0; i < entries.length; i += batch)
    await Promise.all(entries.slice(i, i + batch).map((entry) => note(join(directory, entry.name), table)));
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && !options.pruned(path)) await walk(path, table, options);
  }
}

async function note(path: string, table: Table): Promise<void> {
  const mark = await markOf(path);
  if (mark !== undefined) table.set(path, mark);
}

/** A directory's times are left out, because they change with every file in it, and files are compared themselves. */
async function markOf(path: string): Promise<string | undefined> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat === undefined) return undefined;
  const times = stat.isDirectory() ? "" : ` ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`;
  return `${stat.mode} ${stat.ino}${times}`;
}
