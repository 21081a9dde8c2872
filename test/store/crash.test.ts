/** Processes that are killed, that meet, and that run out of space: what they leave is what the next run reads. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/std/clock.ts";
import { oldestActive } from "../../src/store/records/active.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { wholeRun } from "../rig/past-run.ts";
import { type TempFolder, tempFolder } from "../rig/temp-folder.ts";
import { keys, outputOf, partsOf, tasks } from "./fixtures/writer-values.ts";
import { flat } from "./tree/flat.ts";

const writer = join(import.meta.dir, "fixtures/writer-child.ts");
const kills = 200;
/** Writers at once, each with a store of its own: a killed one costs its start, and starts can overlap. */
const lanes = 4;

let folder: TempFolder;
let tree: string;
beforeAll(async () => {
  folder = await tempFolder();
  tree = join(folder.path, "tree");
  mkdirSync(tree);
  for (let i = 0; i < 20; i++) writeFileSync(join(tree, `file-${i}`), `${i}`);
});
afterAll(() => folder[Symbol.asyncDispose]());

function startWriter(base: string, name: string, rounds = "Infinity") {
  return Bun.spawn([process.execPath, writer, base, tree, name, rounds], { stdout: "pipe", stderr: "pipe" });
}

/** Opens the store as the next run would and holds every value in it against what was meant. */
async function check(base: string): Promise<{ counter(name: string): Promise<number> }> {
  await using store = await openStore({ cacheDir: `${base}/cache`, stateDir: `${base}/state`, clock: systemClock });
  checkRecords(store);
  for (const run of await store.runs("crash")) {
    const texts = (await wholeRun(run)).map(({ event }) => (event.type === "notice" ? event.text : ""));
    expect(texts).toEqual(texts.map((_, i) => `${i}`));
  }
  const files = flat(
    (await store.snapshot({ root: tree, part: () => "in", extra: [] }, new AbortController().signal)).tree,
  );
  expect(Object.keys(files)).toHaveLength(20);
  const { documents } = store;
  return {
    async counter(name) {
      const value = (await documents.read(`counter/${name}`)) as { round: number; text: string } | undefined;
      if (value) expect(value.text).toHaveLength(value.round % 3000);
      return value?.round ?? -1;
    },
  };
}

function checkRecords(store: Store): number {
  const records = store.records("crash");
  let found = 0;
  for (const task of tasks) {
    const last = records.last(task);
    if (last) expect(last.parts).toEqual(partsOf(last.key));
    for (const key of keys) {
      const record = records.find(task, key);
      if (!record) continue;
      found++;
      expect(record.outputs.map(({ output }) => output)).toEqual([outputOf(task, key)]);
    }
  }
  return found;
}

async function lane(number: number): Promise<number> {
  const base = join(folder.path, `lane-${number}`);
  let committed = -1;
  let acknowledged = 0;
  for (let i = number; i < kills; i += lanes) {
    const child = startWriter(base, "a");
    const reader = child.stdout.getReader();
    const first = await reader.read();
    expect(first.done).toBe(false);
    // Somewhere within the next rounds, each of which takes a few milliseconds.
    await Bun.sleep(Math.random() * 12);
    child.kill("SIGKILL");
    await child.exited;
    let said = new TextDecoder().decode(first.value);
    for (let more = await reader.read(); !more.done; more = await reader.read())
      said += new TextDecoder().decode(more.value);
    const rounds = said.split("\n").filter((line) => line !== "");
    committed = Number(rounds.at(-1));
    acknowledged += rounds.length;
    const left = await check(base);
    // What was acknowledged is there; at most the round that was being written is there as well.
    const counter = await left.counter("a");
    expect(counter === committed || counter === committed + 1).toBe(true);
  }
  return acknowledged;
}

test(`a process that is killed at ${kills} random points leaves a store that the next run reads`, async () => {
  const acknowledged = await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
  // A slow machine is killed in its first round each time.
  expect(acknowledged.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(kills);
});

test("two processes at once leave every value whole", async () => {
  const base = join(folder.path, "two");
  const writers = ["a", "b"].map((name) => startWriter(base, name, "60"));
  for (const child of writers) {
    expect(await child.exited).toBe(0);
    expect(await new Response(child.stderr).text()).toBe("");
  }
  const left = await check(base);
  expect([await left.counter("a"), await left.counter("b")]).toEqual([59, 59]);
});

test("without space a run goes on, says so once, and state that must be kept is refused", async () => {
  const base = join(folder.path, "full");
  const script = join(import.meta.dir, "fixtures/no-space-child.ts");
  // A limit of the size of files stands for a full disk: it needs no rights, and a write fails in the same way.
  const limited = (kilobytes: number) =>
    Bun.spawnSync([
      "bash",
      "-c",
      `trap '' XFSZ; ulimit -f ${kilobytes}; exec "$@"`,
      "-",
      process.execPath,
      script,
      base,
    ]);
  const none = JSON.parse(limited(0).stdout.toString()) as Report;
  expect(none).toEqual({
    built: "image",
    outcome: "done",
    warnings: [expect.stringContaining("the file would be larger than allowed; continuing without recording")],
    document: expect.stringContaining("cannot write"),
    recorded: false,
    events: 0,
  });
  const some = JSON.parse(limited(8).stdout.toString()) as Report;
  expect(some).toMatchObject({ outcome: "done", recorded: true, document: "written" });
  expect(some.warnings).toHaveLength(1);
  expect(some.events).toBeGreaterThan(10);
  expect(some.events).toBeLessThan(200);
  const again = JSON.parse(limited(1000).stdout.toString()) as Report;
  expect(again).toMatchObject({ outcome: "done", recorded: true, warnings: [], document: "written", events: 200 });
});

type Report = {
  built: string;
  outcome: string;
  warnings: string[];
  document: string;
  recorded: boolean;
  events: number;
};

test("a killed run is not alive", async () => {
  const base = join(folder.path, "live");
  const live = join(base, "cache", "live");
  const child = startWriter(base, "a");
  await child.stdout.getReader().read();
  expect(await oldestActive(live)).toBeGreaterThan(0);
  child.kill("SIGKILL");
  await child.exited;
  expect(await oldestActive(live)).toBeUndefined();
});
