/**
 * Watches by the kernel's notifications. Recursive watches cannot exclude directories, so a `node_modules` in a root is
 * watched too; its events are cheap and the classifier drops them. Where a link on the way to a target is replaced, the
 * new target is watched. Where no watch is possible, or only a part of the tree could be watched, polling replaces it
 * for good.
 */
import { join } from "node:path";
import { type KernelListener, type KernelWatch, kernelWatch } from "./kernel-watch.ts";
import { type PollOptions, pollWatcher } from "./poll-watcher.ts";
import { type WatchRoots, watchRoots } from "./watch-roots.ts";
import type { FileListener, Watcher, WatchTargets } from "./watcher.ts";

const nowhere: WatchRoots = { trees: [], singles: new Map(), real: new Map(), ways: new Map() };

export async function notifyWatcher(
  targets: WatchTargets,
  listener: FileListener,
  options: PollOptions,
): Promise<Watcher> {
  const { clock, pruned } = options;
  let current: WatchTargets = targets;
  let files: ReadonlySet<string> = new Set();
  let aimed = nowhere;
  let open = new Map<string, KernelWatch>();
  let polling: Watcher | undefined;
  let closed = false;
  let turn: Promise<void> = Promise.resolve();
  let follows = false;

  const giveUp = async (why: string) => {
    if (polling !== undefined || closed) return;
    const started = pollWatcher(current, listener, options);
    polling = { [Symbol.dispose]() {}, retarget: async () => undefined };
    for (const one of open.values()) one.stop();
    open.clear();
    const seconds = options.intervalMs / 1000;
    listener.notice(`files are looked at every ${seconds} s instead of being watched: ${why}`);
    polling = await started;
    if (closed) polling[Symbol.dispose]();
    listener.lost("watching was replaced by polling");
  };
  const hearing = (event: KernelListener["event"]): KernelListener => ({
    event,
    lost: (why) => listener.lost(why),
    impossible: (why) => void giveUp(why),
    pruned,
  });
  const aim = async () => {
    const wanted = current;
    const next = await watchRoots(wanted);
    if (closed || polling !== undefined) return;
    files = new Set(wanted.files);
    aimed = next;
    const watches = new Map<string, KernelWatch>();
    const keep = (key: string, make: () => KernelWatch) => watches.set(key, open.get(key) ?? make());
    for (const root of next.trees) {
      const heard = hearing((name, renamed) => {
        const path = join(root, name);
        listener.changed(path);
        if (renamed && files.has(path)) void follow();
      });
      keep(`tree ${root} ${next.real.get(root)}`, () => kernelWatch(root, true, heard, clock));
    }
    for (const [directory, names] of next.singles) {
      const told = (name: string) => aimed.singles.get(directory)?.get(name) ?? [];
      const heard = hearing((name, renamed) => {
        for (const target of told(name)) if (files.has(target)) listener.changed(target);
        if (renamed && names.has(name)) void follow();
      });
      const key = `files ${directory} ${next.real.get(directory) ?? directory} ${[...names.keys()].sort().join(" ")}`;
      keep(key, () => kernelWatch(directory, false, heard, clock));
    }
    for (const [key, one] of open) if (!watches.has(key)) one.stop();
    open = watches;
  };
  const aimInTurn = (): Promise<void> => {
    turn = turn.then(aim, aim);
    return turn;
  };
  /** A target, or a link on the way to one, was replaced, so other directories may have to be watched now. */
  const follow = async () => {
    if (follows) return;
    follows = true;
    // The events of one rename arrive together.
    await Promise.resolve();
    follows = false;
    const before = aimed;
    await aimInTurn();
    // Reports targets that may have been saved behind the new link before it was watched.
    for (const target of new Set([...before.ways.keys(), ...aimed.ways.keys()]))
      if (files.has(target) && before.ways.get(target) !== aimed.ways.get(target)) listener.changed(target);
    for (const root of aimed.trees)
      if (before.trees.includes(root) && before.real.get(root) !== aimed.real.get(root))
        listener.lost(`${root} leads elsewhere now`);
  };
  await aimInTurn();
  return {
    retarget(wanted) {
      current = wanted;
      return polling ? polling.retarget(wanted) : aimInTurn();
    },
    [Symbol.dispose]() {
      closed = true;
      polling?.[Symbol.dispose]();
      for (const one of open.values()) one.stop();
    },
  };
}
