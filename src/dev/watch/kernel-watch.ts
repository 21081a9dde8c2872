/**
 * One watch of the kernel, of a directory alone or with everything below, opened again whenever it broke: an event
 * without a name means that the queue overflowed or the directory was removed, and directories that appeared meanwhile
 * would stay unwatched.
 * A folder that cannot be read does not break the watch: all others are watched, and the folder is as soon as it can be
 * read. A watch that breaks again and again is opened after increasing pauses, and finally given up.
 */
import { accessSync, constants, type FSWatcher, statSync, watch } from "node:fs";
import { access } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Clock } from "../../std/clock.ts";
import { isBelow } from "../../std/text/below.ts";

export interface KernelWatch {
  stop(): void;
}

export interface KernelListener {
  /**
   * @param name relative to the directory
   * @param renamed an entry appeared, was removed or was replaced
   */
  event(name: string, renamed: boolean): void;
  /** The watch was opened again, so events may be missing. */
  lost(why: string): void;
  /** No watch is possible, or none lasts. No call follows. */
  impossible(why: string): void;
  /** True for a directory in which nothing counts. */
  pruned(directory: string): boolean;
}

/** How often a directory that is missing or unreadable is tried again. */
const absentMs = 250;
/** A watch that broke within this time after it was opened again broke at once. */
const soonMs = 2_000;
const pausesMs = [0, 1_000, 2_000, 4_000];

/** Begins at once, or as soon as the directory exists. */
export function kernelWatch(root: string, recursive: boolean, listener: KernelListener, clock: Clock): KernelWatch {
  const stopped = new AbortController();
  /** Folders below that could not be read when they were to be watched. */
  const unreadable = new Set<string>();
  let watcher: FSWatcher | undefined;
  let inode: number | undefined;
  let reopened = Number.NEGATIVE_INFINITY;
  let breaks = 0;

  const again = async (why: string) => {
    watcher?.close();
    watcher = undefined;
    breaks = clock.now() - reopened < soonMs ? breaks + 1 : 0;
    const pause = pausesMs[breaks];
    if (pause === undefined) return listener.impossible(`the watch of ${root} breaks again and again: ${why}`);
    await clock.sleep(pause, stopped.signal).catch(() => undefined);
    await reopen(why);
  };
  const start = () => {
    const made = watch(root, { recursive }, (kind, name) => {
      if (stopped.signal.aborted || made !== watcher) return;
      if (typeof name !== "string") return void again(`file events of ${root} were lost`);
      // A watch without subdirectories reports the end of the directory itself under the directory's own name.
      if (!recursive && name === basename(root) && inodeOf(root) !== inode) return void again(`${root} was replaced`);
      const readable = canBeRead(join(root, name));
      if (readable !== undefined) return void again(`${readable} can be read now`);
      listener.event(name, kind === "rename");
    });
    made.on("error", (error: NodeJS.ErrnoException) => {
      if (stopped.signal.aborted || made !== watcher) return;
      const tooFew = limitOf(error);
      if (tooFew !== undefined) listener.impossible(tooFew);
      else if (isRefusal(error) && error.path !== undefined && error.path !== root) unreadable.add(error.path);
      else void again(`the watch of ${root} broke: ${error.message}`);
    });
    watcher = made;
    inode = inodeOf(root);
    unreadable.clear();
  };
  /** The folder of an event, where it counts, could not be read before, and can be read now. */
  const canBeRead = (changed: string): string | undefined => {
    for (const path of unreadable) {
      if (path !== changed && !isBelow(path, changed)) continue;
      if (inodeOf(path) === undefined) unreadable.delete(path);
      else if (isReadable(path) && !listener.pruned(path)) return path;
    }
    return undefined;
  };
  const reopen = async (why: string) => {
    while (!stopped.signal.aborted) {
      try {
        start();
        reopened = clock.now();
        return listener.lost(why);
      } catch (thrown) {
        const tooFew = limitOf(thrown);
        if (tooFew !== undefined) return listener.impossible(tooFew);
        await untilReadable(root, clock, stopped.signal);
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

function isRefusal({ code }: NodeJS.ErrnoException): boolean {
  return code === "EACCES" || code === "EPERM";
}

/** The limit of the system that makes watches impossible. */
function limitOf(thrown: unknown): string | undefined {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  if (code === "EMFILE") return "too many watches are open; raise fs.inotify.max_user_instances";
  if (code !== "ENOSPC") return undefined;
  return "the system allows too few watches for this tree; raise fs.inotify.max_user_watches";
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function untilReadable(path: string, clock: Clock, signal: AbortSignal): Promise<void> {
  do {
    await clock.sleep(absentMs, signal).catch(() => undefined);
  } while (!signal.aborted && !(await canRead(path)));
}

function canRead(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
