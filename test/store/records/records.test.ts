import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { Diagnostic } from "../../../src/diag/diagnostic.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { openStore } from "../../../src/store/store.ts";
import { tempFolder } from "../../rig/temp-folder.ts";
import { damage } from "../damage.ts";

async function emptyStore() {
  const folder = await tempFolder();
  const open = (clock = systemClock, onTrouble?: (diagnostic: Diagnostic) => void) =>
    openStore({
      cacheDir: join(folder.path, "cache"),
      stateDir: join(folder.path, "state"),
      clock,
      ...(onTrouble ? { onTrouble } : {}),
    });
  return { folder, open, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

const success = { task: "build:web", key: "k1", parts: { files: "a" }, output: "image 1", seconds: 2 };

test("a success is found by the next session, and by no other task, key or project's history", async () => {
  await using disk = await emptyStore();
  {
    await using store = await disk.open();
    await store.records("shop").succeed(success);
  }
  await using store = await disk.open();
  const records = store.records("shop");
  expect(records.find("build:web", "k1")?.outputs).toMatchObject([{ output: "image 1", seconds: 2 }]);
  expect(records.last("build:web")).toMatchObject({ key: "k1", parts: { files: "a" } });
  expect(records.find("build:web", "k2")).toBeUndefined();
  expect(records.find("build:api", "k1")).toBeUndefined();
  const other = store.records("another project");
  expect(other.find("build:web", "k1")).toBeDefined();
  expect(other.last("build:web")).toBeUndefined();
});

test("a key keeps several outputs, newest first, each once, and not without end", async () => {
  await using disk = await emptyStore();
  await using store = await disk.open();
  const records = store.records("shop");
  for (const output of ["1", "2", "1", "3"]) await records.succeed({ ...success, output });
  expect(records.find("build:web", "k1")?.outputs.map(({ output }) => output)).toEqual(["3", "1", "2"]);
  for (let i = 0; i < 20; i++) await records.succeed({ ...success, output: `many ${i}` });
  expect(records.find("build:web", "k1")?.outputs).toHaveLength(8);
});

test("all outputs of a task are known, whatever their key", async () => {
  await using disk = await emptyStore();
  let now = 1_800_000_000_000;
  await using store = await disk.open({ ...systemClock, now: () => now++ });
  const records = store.records("shop");
  for (const key of ["k1", "k2", "k3"]) await records.succeed({ ...success, key, output: `image of ${key}` });
  await records.succeed({ ...success, task: "build:api", key: "k4" });
  expect(records.outputs("build:web").map(({ output }) => output)).toEqual([
    "image of k3",
    "image of k2",
    "image of k1",
  ]);
});

test("a failure is remembered until the next success", async () => {
  await using disk = await emptyStore();
  await using store = await disk.open();
  const records = store.records("shop");
  await records.fail("build:web", "k1");
  expect(records.failed("build:web", "k1")).toBe(true);
  expect(records.failed("build:web", "k2")).toBe(false);
  await records.succeed(success);
  expect(records.failed("build:web", "k1")).toBe(false);
});

test("a damaged file is as good as none, and the next success repairs it", async () => {
  await using disk = await emptyStore();
  await using store = await disk.open();
  const records = store.records("shop");
  await records.succeed(success);
  const cache = join(disk.folder.path, "cache");
  const files = ["records", "projects"].flatMap((dir) =>
    readdirSync(join(cache, dir), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  expect(files).toHaveLength(2);
  await fc.assert(
    fc.asyncProperty(damage, async (spoil) => {
      for (const file of files) {
        const good = readFileSync(file);
        const bad = spoil(good);
        fc.pre(!bad.equals(good));
        writeFileSync(file, bad);
      }
      expect(records.find("build:web", "k1")).toBeUndefined();
      expect(records.last("build:web")).toBeUndefined();
      await records.succeed(success);
      expect(records.find("build:web", "k1")?.outputs).toHaveLength(1);
      expect(records.last("build:web")?.key).toBe("k1");
    }),
    { numRuns: 40 },
  );
});

test("durations last", async () => {
  await using disk = await emptyStore();
  {
    await using store = await disk.open();
    const durations = store.durations("shop");
    durations.note("build:web", 12.3456);
    await durations.save();
  }
  await using store = await disk.open();
  expect(store.durations("shop").of("build:web")).toBe(12.346);
  expect(store.durations("shop").of("build:api")).toBeUndefined();
});

test("the secret is made once, readable by its owner alone, and the same for every session", async () => {
  await using disk = await emptyStore();
  const secrets = new Set<string>();
  for (const store of await Promise.all([disk.open(), disk.open(), disk.open()])) {
    secrets.add(store.secret);
    await store[Symbol.asyncDispose]();
  }
  await using again = await disk.open();
  expect([...secrets, again.secret]).toEqual([again.secret, again.secret]);
  const file = Bun.file(join(disk.folder.path, "cache", "seal-key"));
  expect((await file.stat()).mode & 0o777).toBe(0o600);
});

test("a cache that cannot be written is told of once and stops nothing", async () => {
  await using disk = await emptyStore();
  writeFileSync(join(disk.folder.path, "cache"), "a file where the folder should be");
  const told: Diagnostic[] = [];
  await using store = await disk.open(systemClock, (diagnostic) => told.push(diagnostic));
  const records = store.records("shop");
  await records.succeed(success);
  await records.fail("build:web", "k2");
  expect(records.find("build:web", "k1")).toBeUndefined();
  expect(store.secret).toMatch(/^[0-9a-f]{64}$/);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({
    severity: "warning",
    message: expect.stringContaining("continuing without recording"),
  });
});
