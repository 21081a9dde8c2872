/**
 * Watches by the kernel's notifications. Recursive watches cannot leave directories out, so a `node_modules` in a root
 * is watched too; its events are cheap and the classifier drops them.
 *
 * An event without a name means that the queue overflowed or a root went away: directories that appeared meanwhile stay
 * unwatched, so the watch is made anew and everything counts as changed. Too few watches for the tree leave it partly
 * watched, so polling takes over for good.
 */
import { type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../std/clock.ts";
import { type PollOptions, pollWatcher } from "./poll-watcher.ts";
import { watchRoots } from "./watch-roots.ts";
import type { FileListener, Watcher, WatchTargets } from "./watcher.ts";

/** How often a directory that is not there is looked for. */
const absentMs = 250;

export async function notifyWatcher(
  targets: WatchTargets,
  listener: FileListener,
  options: PollOptions,
): Promise<Watcher> {
  let current: WatchTargets = targets;
  let open = new Map<string, Tree>();
  let polling: Watcher | undefined;
  let closed = false;

  const giveUp = async (why: string) => {
    if (polling !== undefined || closed) return;
    const started = pollWatcher(current, listener, options);
    polling = { [Symbol.dispose]() {}, retarget: async () => undefined };
    for (const tree of open.values()) tree.stop();
    open.clear();
    const seconds = options.intervalMs / 1000;
    listener.notice(`files are looked at every ${seconds} s instead of being watched: ${why}`);
    polling = await started;
    if (closed) polling[Symbol.dispose]();
    listener.lost("watching was replaced by polling");
  };
  const aim = async (wanted: WatchTargets) => {
    current = wanted;
    const { trees, singles } = await watchRoots(wanted);
    if (closed) return;
    const next = new Map<string, Tree>();
    const keep = (key: string, make: () => Tree) => next.set(key, open.get(key) ?? make());
    for (const tree of trees) keep(`tree ${tree}`, () => openTree(tree, undefined, listener, giveUp, options.clock));
    for (const [directory, names] of singles) {
      const key = `files ${directory} ${[...names].sort().join(" ")}`;
      keep(key, () => openTree(directory, names, listener, giveUp, options.clock));
    }
    for (const [key, tree] of open) if (!next.has(key)) tree.stop();
    open = next;
  };
  await aim(targets);
  return {
    retarget: (wanted) => {
      current = wanted;
      return polling ? polling.retarget(wanted) : aim(wanted);
    },
    [Symbol.dispose]() {
      closed = true;
      polling?.[Symbol.dispose]();
      for (const tree of open.values()) tree.stop();
    },
  };
}

interface Tree {
  stop(): void;
}

/** One watch, opened again whenever it broke. @param names where given, only these in the directory itself */
function openTree(
  root: string,
  names: ReadonlySet<string> | undefined,
  listener: FileListener,
  giveUp: (why: string) => Promise<void>,
  clock: Clock,
): Tree {
  const stopped = new AbortController();
  let watcher: FSWatcher | undefined;
  const again = (why: string) => {
    watcher?.close();
    watcher = undefined;
    void reopen(why);
  };
  const start = () => {
    const made = watch(root, { recursive: names === undefined }, (_kind, name) => {
      if (stopped.signal.aborted || made !== watcher) return;
      if (typeof name !== "string") return again(`file events of ${root} were lost`);
      if (names === undefined || names.has(name)) listener.changed(join(root, name));
    });
    made.on("error", (error: NodeJS.ErrnoException) => {
      if (stopped.signal.aborted || made !== watcher) return;
      if (error.code === "ENOSPC" || error.code === "EMFILE") void giveUp(tooFew(error.code));
      else again(`the watch of ${root} broke: ${error.message}`);
    });
    watcher = made;
  };
  const reopen = async (why: string) => {
    while (!stopped.signal.aborted) {
      try {
        start();
        return listener.lost(why);
      } catch (thrown) {
        const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
        if (code === "ENOSPC" || code === "EMFILE") return giveUp(tooFew(String(code)));
        await untilThere(root, clock, stopped.signal);
      }
    }
  };
  try {
    start();
  } catch {
    void reopen(`${root} appeared`);
  }
  return {
    stop() {
      stopped.abort();
      watcher?.close();
    },
  };
}

async function untilThere(path: string, clock: Clock, signal: AbortSignal): Promise<void> {
  do {
    await clock.sleep(absentMs, signal).catch(() => undefined);
  } while (!signal.aborted && !(await stat(path).catch(() => undefined)));
}

function tooFew(code: string): string {
  return code === "EMFILE"
    ? "too many watches are open; raise fs.inotify.max_user_instances"
    : "the system allows too few watches for this tree; raise fs.inotify.max_user_watches";
}
