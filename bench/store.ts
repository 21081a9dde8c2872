/**
 * The store's two costs of a warm start, each in a fresh process: a look at 50,000 unchanged files, beside a bare walk
 * with a status call for each (the floor), and a plan of 2,000 tasks that are all fresh.
 */
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keyOf } from "../src/graph/plan/key.ts";
import { createExecutor } from "../src/graph/run/run.ts";
import type { Task } from "../src/graph/task.ts";
import { systemClock } from "../src/std/clock.ts";
import { openStore, type Store } from "../src/store/store.ts";
import { treeMark } from "../src/store/tree/mark.ts";
import { makeTree } from "./files/tree.ts";
import { walk } from "./files/walk.ts";
import { figure, printFigures } from "./measure.ts";

const taskCount = 2_000;
const rounds = 9;
const { signal } = new AbortController();

const parts: Readonly<Record<string, (base: string) => Promise<void>>> = {
  async "floor: walk and lstat of 50,000 files"(base) {
    walk(join(base, "tree"));
  },
  "look at 50,000 unchanged files": (base) => withStore(base, async (store) => void (await look(store, base))),
  "look and key of 50,000 unchanged files": (base) =>
    withStore(base, async (store) => void keyOf({ files: treeMark((await look(store, base)).tree.digest) })),
  "plan of 2,000 fresh tasks": (base) => withStore(base, plan),
};

const [, , part, base] = process.argv;
if (part !== undefined && base !== undefined) {
  const start = performance.now();
  await parts[part]?.(base);
  console.log(performance.now() - start);
} else await measure();

async function measure(): Promise<void> {
  const made = join(tmpdir(), `devloop-bench-store-${process.pid}`);
  try {
    makeTree(join(made, "tree"));
    const samples = new Map(Object.keys(parts).map((name) => [name, [] as number[]]));
    for (let round = -1; round < rounds; round++)
      for (const [name, taken] of samples) {
        const child = Bun.spawnSync([process.execPath, import.meta.path, name, made], { stderr: "inherit" });
        // The first round reads everything and records everything.
        if (round >= 0) taken.push(Number(child.stdout.toString()));
      }
    printFigures([...samples].map(([name, taken]) => figure(name, taken)));
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

async function withStore(made: string, work: (store: Store) => Promise<void>): Promise<void> {
  await using store = await openStore({
    cacheDir: join(made, "cache"),
    stateDir: join(made, "state"),
    clock: systemClock,
  });
  await work(store);
}

function look(store: Store, made: string) {
  return store.snapshot({ root: join(made, "tree"), part: () => "in", extra: [] }, signal);
}

/** A diamond for each of many objects, as an apply makes them. */
async function plan(store: Store): Promise<void> {
  const task = (id: string, deps: readonly string[]): Task => ({
    id,
    kind: "apply",
    mode: "act",
    deps,
    keyParts: (inputs) => ({ object: id, digests: deps.map((dep) => inputs.digest(dep)) }),
    run: async () => ({ applied: id, fields: { labels: id, replicas: 1 } }),
  });
  const tasks = [task("render", [])];
  for (let i = 1; i < taskCount; i++)
    tasks.push(task(`apply:${i}`, i < 10 ? ["render"] : ["render", `apply:${(i % 9) + 1}`]));
  const executor = createExecutor({
    records: store.records("bench"),
    durations: store.durations("bench"),
    clock: systemClock,
    emit: () => undefined,
  });
  await executor.pass({ tasks, signal, onFailure: "stop" });
}
