import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/std/clock.ts";
import { collect, usualCaps } from "../../src/store/collect.ts";
import { oldestActive } from "../../src/store/records/active.ts";
import { openStore } from "../../src/store/store.ts";
import { tempFolder } from "../rig/temp-folder.ts";

const { signal } = new AbortController();
const hour = 60 * 60 * 1000;
const day = 24 * hour;
const now = systemClock.now();
const none = { ...usualCaps, everyMs: 0, ageMs: 365 * day, bytes: 1e12, recordsPerTask: 1e6, runsPerProject: 1e6 };

/** A cache with files of the given ages. */
async function cacheOf(ages: Readonly<Record<string, number>>, bytes = 10) {
  const folder = await tempFolder();
  for (const [name, age] of Object.entries(ages)) {
    const path = join(folder.path, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, "x".repeat(bytes));
    utimesSync(path, (now - age) / 1000, (now - age) / 1000);
  }
  return {
    path: folder.path,
    left: () => Object.keys(ages).filter((name) => existsSync(join(folder.path, name))),
    collect: (caps = none, at = now) =>
      collect({ cacheDir: folder.path, stateDir: join(folder.path, "state"), caps, now: at, signal }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test("what nobody used for long goes", async () => {
  await using cache = await cacheOf({ "records/aa/t.k1": 40 * day, "records/aa/t.k2": 2 * day, "index/a": 40 * day });
  expect(await cache.collect({ ...none, ageMs: 30 * day })).toEqual({ files: 2, bytes: 20 });
  expect(cache.left()).toEqual(["records/aa/t.k2"]);
});

test("a task keeps its latest keys, a project its latest runs", async () => {
  await using cache = await cacheOf({
    "records/aa/t.k1": 3 * day,
    "records/aa/t.k2": day,
    "records/aa/t.k3": 2 * day,
    "records/aa/other.k": 9 * day,
    "runs/p/0.log": 4 * day,
    "runs/p/1/000001.log": 3 * day,
    "runs/p/1/000002.log": 3 * day,
    "runs/p/2/000001.log": 4 * day,
    "runs/p/2/000007.log": day,
    "runs/q/1.log": 9 * day,
  });
  await cache.collect({ ...none, recordsPerTask: 2, runsPerProject: 1 });
  expect(existsSync(join(cache.path, "runs/p/1"))).toBe(false);
  expect(cache.left().sort()).toEqual([
    "records/aa/other.k",
    "records/aa/t.k2",
    "records/aa/t.k3",
    "runs/p/2/000001.log",
    "runs/p/2/000007.log",
    "runs/q/1.log",
  ]);
});

test("the longest unused go first until the size fits", async () => {
  await using cache = await cacheOf({ "records/a/1.k": day, "records/a/2.k": 3 * day, "index/3": 2 * day });
  await cache.collect({ ...none, bytes: 25 });
  expect(cache.left()).toEqual(["records/a/1.k", "index/3"]);
});

test("half-written files of dead processes go, those of a moment ago stay", async () => {
  await using cache = await cacheOf({ "records/a/.tmp-x": 2 * hour, "records/a/.tmp-y": 1000 });
  await cache.collect();
  expect(cache.left()).toEqual(["records/a/.tmp-y"]);
});

test("nothing that a live run used goes, and a dead run holds nothing", async () => {
  await using folder = await tempFolder();
  const open = (at: number) =>
    openStore({ cacheDir: folder.path, stateDir: folder.path, clock: { ...systemClock, now: () => at } });
  const success = { key: "k", parts: {}, output: 1, seconds: 1 };
  {
    await using store = await open(now);
    for (const task of ["used", "unused"]) await store.records("p").succeed({ ...success, task });
  }
  const records = readdirSync(join(folder.path, "records"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  expect(records).toHaveLength(2);
  for (const path of records) utimesSync(path, (now - 90 * day) / 1000, (now - 90 * day) / 1000);
  const caps = { ...none, ageMs: 30 * day, bytes: 0 };
  const later = now + 60 * day;
  {
    await using live = await open(now);
    expect(live.records("p").find("used", "k")).toBeDefined();
    await collect({ cacheDir: folder.path, stateDir: `${folder.path}-state`, caps, now: later, signal });
    expect(records.filter((path) => existsSync(path))).toHaveLength(1);
    expect(live.records("p").find("used", "k")).toBeDefined();
  }
  expect(await oldestActive(join(folder.path, "live"))).toBeUndefined();
  await collect({ cacheDir: folder.path, stateDir: `${folder.path}-state`, caps, now: later, signal });
  expect(records.filter((path) => existsSync(path))).toEqual([]);
});

test("it is done once a day, and by one process at a time", async () => {
  await using cache = await cacheOf({ "records/a/1.k": 2 * day });
  const caps = { ...none, ageMs: day, everyMs: day };
  expect(await cache.collect(caps)).toEqual({ files: 1, bytes: 10 });
  expect(await cache.collect(caps)).toBeUndefined();
  expect(await cache.collect(caps, now + 2 * day)).toEqual({ files: 0, bytes: 0 });
  const both = await Promise.all([cache.collect(caps, now + 9 * day), cache.collect(caps, now + 9 * day)]);
  expect(both.filter((done) => done !== undefined)).toHaveLength(1);
});

test("of the state only what killed writes left goes, and of declarations only what was never made", async () => {
  await using cache = await cacheOf({
    "state/documents/ledger/p/.tmp-n.json-aa": 2 * hour,
    "state/documents/ledger/p/.tmp-n.json-bb": hour / 2,
    "state/documents/ledger/p/n.json": 400 * day,
    "state/documents/.locks/aa/lock": 400 * day,
    "state/documents/ledger/p/n.json.unreadable": 400 * day,
    "live/.tmp-1-aa/lock": 2 * hour,
    "live/.tmp-1-bb/lock": hour / 2,
  });
  for (const [name, age] of [
    ["aa", 2 * hour],
    ["bb", hour / 2],
  ] as const)
    utimesSync(join(cache.path, `live/.tmp-1-${name}`), (now - age) / 1000, (now - age) / 1000);
  await cache.collect({ ...none, ageMs: 30 * day, bytes: 0 });
  expect(cache.left().sort()).toEqual([
    "live/.tmp-1-bb/lock",
    "state/documents/.locks/aa/lock",
    "state/documents/ledger/p/.tmp-n.json-bb",
    "state/documents/ledger/p/n.json",
    "state/documents/ledger/p/n.json.unreadable",
  ]);
});

test("a clock that was set back does not put the next collection off", async () => {
  await using cache = await cacheOf({ "records/aa/t.k1": 40 * day });
  await cache.collect({ ...usualCaps, ageMs: 365 * day });
  expect(await cache.collect({ ...usualCaps, ageMs: 365 * day }, now + hour)).toBeUndefined();
  expect(await cache.collect({ ...usualCaps, ageMs: 365 * day }, now - 300 * day)).toEqual({ files: 0, bytes: 0 });
});
