import { describe, expect, test } from "bun:test";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { Diagnostic } from "../../../src/diag/diagnostic.ts";
import { Bus } from "../../../src/event/bus.ts";
import type { Event } from "../../../src/event/event.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { openRunLog, partName, type RunLogOptions } from "../../../src/store/records/run-log.ts";
import { listRuns, readRun } from "../../../src/store/records/run-read.ts";
import { openStore } from "../../../src/store/store.ts";
import { troubleTold } from "../../../src/store/trouble.ts";
import { wholeRun } from "../../rig/past-run.ts";
import { tempFolder } from "../../rig/temp-folder.ts";

const quiet = troubleTold(() => undefined);
const notice = (text: string): Event => ({ type: "notice", level: "info", text });
const textsOf = (stamped: readonly { readonly event: Event }[]) =>
  stamped.map(({ event }) => (event.type === "notice" ? event.text : event.type));

test("what a credential plugin says to its user is kept nowhere", async () => {
  await using folder = await tempFolder();
  await using store = await openStore({ cacheDir: folder.path, stateDir: folder.path, clock: systemClock });
  const { log } = store.startRun("shop");
  const bus = new Bus(systemClock);
  bus.subscribe(log.append);
  bus.emit({ type: "credential-plugin", plugin: "login", context: "c", status: "said", line: "the code is AB" });
  bus.emit(notice("after"));
  await log[Symbol.asyncDispose]();
  const [run] = await store.runs("shop");
  expect(textsOf(run ? await wholeRun(run) : [])).toEqual(["after"]);
});

test("a run's events are read back in order, with their times, newest run first", async () => {
  await using folder = await tempFolder();
  let now = Date.UTC(2030, 0, 1);
  const clock = { ...systemClock, now: () => now++ };
  await using store = await openStore({ cacheDir: folder.path, stateDir: folder.path, clock });
  for (const name of ["first", "second"]) {
    const { log } = store.startRun("shop");
    const bus = new Bus(clock);
    bus.subscribe(log.append);
    bus.emit(notice(name));
    bus.emit({ type: "watching" });
    await log[Symbol.asyncDispose]();
  }
  const runs = await store.runs("shop");
  const events = await Promise.all(runs.map(wholeRun));
  expect(events.map(textsOf)).toEqual([
    ["second", "watching"],
    ["first", "watching"],
  ]);
  expect(runs[0]?.id).toStartWith("2030-01-01T00-00-00.");
  expect(await store.runs("another")).toEqual([]);
});

test("a line that was cut is left out, and every whole one is read", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, partName(1));
  const log = openRunLog(folder.path, quiet);
  const texts = ["a", "b\nc", 'd"', "ü"];
  for (const text of texts) log.append({ at: 1, event: notice(text) });
  await log[Symbol.asyncDispose]();
  const good = readFileSync(path);
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length), async (end) => {
      writeFileSync(path, good.subarray(0, end));
      const read = textsOf(await readRun(path));
      expect(read).toEqual(texts.slice(0, read.length));
      const ends = good.subarray(0, end).toString().split("\n").length - 2;
      expect(read.length).toBeGreaterThanOrEqual(Math.max(0, ends));
    }),
  );
});

test("a log of another version is none", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "run.log");
  writeFileSync(path, `devloop run-log 2\n${JSON.stringify({ at: 1, event: notice("a") })}\n`);
  expect(await readRun(path)).toEqual([]);
});

test("events of one turn are written at its end, and all of them on flush", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, partName(1));
  await using log = openRunLog(folder.path, quiet);
  log.append({ at: 1, event: notice("a") });
  expect(existsSync(path)).toBe(false);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(textsOf(await readRun(path))).toEqual(["a"]);
  log.append({ at: 2, event: notice("b") });
  log.flush();
  expect(textsOf(await readRun(path))).toEqual(["a", "b"]);
});

test("what pods and tools print is left out beyond a size, what tasks did is not", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, partName(1));
  const log = openRunLog(folder.path, quiet, { bulkBytes: 300 });
  const line: Event = { type: "build-output", artifact: "web", line: "x".repeat(100) };
  for (let i = 0; i < 10; i++) {
    log.append({ at: i, event: line });
    log.flush();
  }
  log.append({ at: 99, event: notice("the end") });
  await log[Symbol.asyncDispose]();
  const read = textsOf(await readRun(path));
  expect(read.filter((type) => type === "build-output").length).toBeLessThan(4);
  expect(read.at(-1)).toBe("the end");
  expect(readFileSync(path, "utf8")).toContain('"lost":');
});

test("a log that cannot be written is told of once, and the run goes on", async () => {
  await using folder = await tempFolder();
  appendFileSync(join(folder.path, "runs"), "");
  const told: Diagnostic[] = [];
  const log = openRunLog(
    join(folder.path, "runs", "run"),
    troubleTold((diagnostic) => told.push(diagnostic)),
  );
  for (const text of ["a", "b"]) {
    log.append({ at: 1, event: notice(text) });
    log.flush();
  }
  await log[Symbol.asyncDispose]();
  expect(told).toHaveLength(1);
});

describe("a run of many passes", () => {
  const begin: Event = { type: "pass-started", pass: 1, saves: [] };
  const save: Event = { type: "change", path: "a", verdicts: [] };

  async function written(events: readonly Event[], options: RunLogOptions) {
    const folder = await tempFolder();
    const log = openRunLog(join(folder.path, "run"), quiet, options);
    for (const [at, event] of events.entries()) {
      log.append({ at, event });
      log.flush();
    }
    await log[Symbol.asyncDispose]();
    const [run] = await listRuns(folder.path);
    const parts = (await run?.parts()) ?? [];
    const told = await Promise.all(parts.map(async (part) => [part.nth, textsOf(await part.read())] as const));
    return { ...folder, told, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  }

  const passes = (n: number) => Array.from({ length: n }, (_, i) => [begin, notice(`${i}`)]).flat();

  test("has a part for each of them, the first with the run's begin", async () => {
    const run: Event = { type: "run-started", command: "dev", argv: [], run: "r", version: "1" };
    await using it = await written([run, ...passes(3)], {});
    expect(it.told).toEqual([
      [1, ["run-started", "pass-started", "0"]],
      [2, ["pass-started", "1"]],
      [3, ["pass-started", "2"]],
    ]);
  });

  test("keeps the first and the latest", async () => {
    await using it = await written(passes(2000), { mostParts: 3 });
    expect(it.told.map(([nth, [, text]]) => [nth, text])).toEqual([
      [1, "0"],
      [1998, "1997"],
      [1999, "1998"],
      [2000, "1999"],
    ]);
  });

  test("keeps so many bytes of the latest", async () => {
    const large = Array.from({ length: 20 }, (_, i) => [begin, notice(`${i} ${"x".repeat(1000)}`)]).flat();
    await using it = await written(large, { mostBytes: 3_500 });
    expect(it.told.map(([nth]) => nth)).toEqual([1, 17, 18, 19, 20]);
  });

  test("begins a part at a save where one has become large without a pass", async () => {
    const saves = Array.from({ length: 6 }, (_, i) => [save, notice(`${i} ${"x".repeat(100)}`)]).flat();
    await using it = await written(saves, { partBytes: 300 });
    expect(it.told.length).toBeGreaterThan(1);
    expect(it.told.flatMap(([, texts]) => texts).filter((text) => text === "change")).toHaveLength(6);
    for (const [, [first]] of it.told) expect(first).toBe("change");
  });
});

test("a log in one file, as an earlier devloop wrote it, is a run of one part", async () => {
  await using folder = await tempFolder();
  const text = `devloop run-log 1\n${JSON.stringify({ at: 1, event: notice("a") })}\n`;
  writeFileSync(join(folder.path, "2029-01-01.log"), text);
  const [run] = await listRuns(folder.path);
  expect(run?.id).toBe("2029-01-01");
  const parts = (await run?.parts()) ?? [];
  expect(parts.map(({ nth }) => nth)).toEqual([1]);
  expect(textsOf((await parts[0]?.read()) ?? [])).toEqual(["a"]);
});
