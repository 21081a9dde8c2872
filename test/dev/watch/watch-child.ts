/** A process of its own that watches a tree and prints what it is told, a JSON line each: it can be stopped and limited. */
import { basename } from "node:path";
import { notifyWatcher } from "../../../src/dev/watch/notify-watcher.ts";
import { pollWatcher } from "../../../src/dev/watch/poll-watcher.ts";
import { systemClock } from "../../../src/std/clock.ts";

const say = (kind: string) => (text: string) => console.log(JSON.stringify({ kind, text }));
const listener = { changed: say("changed"), lost: say("lost"), notice: say("notice") };
const [, , root = "", how = "notify"] = process.argv;
const options = { clock: systemClock, intervalMs: 50, pruned: (path: string) => basename(path) === "ignored" };
const open = how === "notify" ? notifyWatcher : pollWatcher;
await open({ roots: [root], files: [] }, listener, options);
say("ready")(root);
