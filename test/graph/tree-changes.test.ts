/** A record of inputs is one digest; what changed in them is still told path by path, also after the session ended. */
import { expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Change, Event } from "../../src/event/event.ts";
import { createExecutor } from "../../src/graph/run/run.ts";
import type { Task } from "../../src/graph/task.ts";
import { systemClock } from "../../src/std/clock.ts";
import { treeMark } from "../../src/store/tree/mark.ts";
import { type Disk, disk } from "../store/tree/disk.ts";

const { signal } = new AbortController();

/** One session: hashes the tree and builds it. @returns the build's changes; undefined where it was fresh */
async function build(at: Disk): Promise<readonly Change[] | undefined> {
  await using store = await at.session();
  const events: Event[] = [];
  await using executor = createExecutor({
    records: store.records("p"),
    durations: store.durations("p"),
    compareTrees: store.compareTrees,
    clock: systemClock,
    emit: (event) => void events.push(event),
  });
  const tasks: Task[] = [
    {
      id: "hash:web",
      kind: "hash",
      mode: "observe",
      deps: [],
      run: async () => treeMark((await store.snapshot(at.sources(), signal)).tree.digest),
    },
    {
      id: "build:web",
      kind: "build",
      mode: "act",
      deps: ["hash:web"],
      keyParts: (inputs) => ({ builder: "docker", files: inputs.get("hash:web") }),
      run: async () => ({ imageId: "sha256:1" }),
    },
  ];
  await executor.pass({ tasks, signal, onFailure: "stop" });
  const planned = events.find((event) => event.type === "task-planned" && event.task === "build:web");
  return planned?.type === "task-planned" && planned.verdict.kind === "stale" ? planned.verdict.changes : undefined;
}

test("a later session names the paths that changed since the last success", async () => {
  await using at = await disk();
  mkdirSync(join(at.root, "src/deep"), { recursive: true });
  for (const path of ["src/a", "src/deep/b", "src/c"]) writeFileSync(join(at.root, path), "1");
  expect(await build(at)).toEqual([]);
  expect(await build(at)).toBeUndefined();
  writeFileSync(join(at.root, "src/a"), "2");
  rmSync(join(at.root, "src/deep"), { recursive: true });
  writeFileSync(join(at.root, "src/d"), "1");
  expect((await build(at))?.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
    "changed files.src/a",
    "added files.src/d",
    "removed files.src/deep",
    "removed files.src/deep/b",
  ]);
  // The same tree as long ago is the same work.
  mkdirSync(join(at.root, "src/deep"));
  for (const path of ["src/a", "src/deep/b"]) writeFileSync(join(at.root, path), "1");
  rmSync(join(at.root, "src/d"));
  expect(await build(at)).toBeUndefined();
});

test("where the tree of the last success is gone from the cache, that the files differ is all there is to say", async () => {
  await using at = await disk();
  mkdirSync(at.root);
  writeFileSync(join(at.root, "a"), "1");
  await build(at);
  rmSync(join(at.cacheDir, "trees"), { recursive: true });
  writeFileSync(join(at.root, "a"), "2");
  expect(await build(at)).toEqual([{ kind: "changed", path: "files" }]);
});
