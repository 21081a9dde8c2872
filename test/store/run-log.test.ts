import { expect, test } from "bun:test";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { Diagnostic } from "../../src/diag/diagnostic.ts";
import { Bus } from "../../src/event/bus.ts";
import type { Event } from "../../src/event/event.ts";
import { systemClock } from "../../src/std/clock.ts";
import { openRunLog } from "../../src/store/run-log.ts";
import { readRun } from "../../src/store/run-read.ts";
import { openStore } from "../../src/store/store.ts";
import { troubleTold } from "../../src/store/trouble.ts";
import { tempFolder } from "../rig/temp-folder.ts";

const quiet = troubleTold(() => undefined);
const notice = (text: string): Event => ({ type: "notice", level: "info", text });
const textsOf = (stamped: readonly { readonly event: Event }[]) =>
  stamped.map(({ event }) => (event.type === "notice" ? event.text : event.type));

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
  const events = await Promise.all(runs.map((run) => run.read()));
  expect(events.map(textsOf)).toEqual([
    ["second", "watching"],
    ["first", "watching"],
  ]);
  expect(runs[0]?.id).toStartWith("2030-01-01T00-00-00.");
  expect(await store.runs("another")).toEqual([]);
});

test("a line that was cut is left out, and every whole one is read", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "run.log");
  const log = openRunLog(path, quiet);
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
  const path = join(folder.path, "run.log");
  await using log = openRunLog(path, quiet);
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
  const path = join(folder.path, "run.log");
  const log = openRunLog(path, quiet, { bulkBytes: 300 });
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
    join(folder.path, "runs", "run.log"),
    troubleTold((diagnostic) => told.push(diagnostic)),
  );
  for (const text of ["a", "b"]) {
    log.append({ at: 1, event: notice(text) });
    log.flush();
  }
  await log[Symbol.asyncDispose]();
  expect(told).toHaveLength(1);
});
