/** A process of its own that watches a tree and prints what it is told, a JSON line each: it can be stopped and limited. */
import { notifyWatcher } from "../../src/dev/notify-watcher.ts";
import { systemClock } from "../../src/std/clock.ts";

const say = (kind: string) => (text: string) => console.log(JSON.stringify({ kind, text }));
const listener = { changed: say("changed"), lost: say("lost"), notice: say("notice") };
const root = process.argv[2] ?? "";
const options = { clock: systemClock, intervalMs: 50, pruned: () => false };
await notifyWatcher({ roots: [root], files: [] }, listener, options);
say("ready")(root);
