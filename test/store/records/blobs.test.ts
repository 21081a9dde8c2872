/** Private outputs: whole or not at all, for nobody but the user, and no longer than somebody uses them. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { systemClock } from "../../../src/std/clock.ts";
import { usualCaps } from "../../../src/store/collect.ts";
import { openStore } from "../../../src/store/store.ts";
import { tempFolder } from "../../rig/temp-folder.ts";
import { damage } from "../damage.ts";

const success = { task: "derive:web", key: "k1", parts: { files: "a" }, output: { password: "hunter2" }, seconds: 1 };

const open = (base: string, now = systemClock.now) =>
  openStore({ cacheDir: join(base, "cache"), stateDir: join(base, "state"), clock: { ...systemClock, now } });

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test("a private output is found by the next session, and only its own file holds it", async () => {
  await using folder = await tempFolder();
  {
    await using store = await open(folder.path);
    await store.records("p").succeed({ ...success, isPrivate: true });
  }
  await using store = await open(folder.path);
  expect(store.records("p").find("derive:web", "k1")?.outputs).toMatchObject([{ output: { password: "hunter2" } }]);
  expect(store.records("p").outputs("derive:web")).toHaveLength(1);
  const holding = filesBelow(folder.path).filter((path) => readFileSync(path, "utf8").includes("hunter2"));
  expect(holding).toHaveLength(1);
  const [blob = ""] = holding;
  expect(blob).toStartWith(join(folder.path, "cache", "blobs"));
  expect(statSync(blob).mode & 0o777).toBe(0o600);
});

test("several private outputs of a key are kept, each once, newest first", async () => {
  await using folder = await tempFolder();
  await using store = await open(folder.path);
  const records = store.records("p");
  for (const output of ["1", "2", "1"]) await records.succeed({ ...success, output, isPrivate: true });
  expect(records.find("derive:web", "k1")?.outputs.map(({ output }) => output)).toEqual(["1", "2"]);
});

test("however a blob is damaged, nothing is believed but what was written, and the next result mends it", async () => {
  await fc.assert(
    fc.asyncProperty(damage, async (hurt) => {
      await using folder = await tempFolder();
      await using store = await open(folder.path);
      const records = store.records("p");
      await records.succeed({ ...success, isPrivate: true });
      const [blob = ""] = filesBelow(join(folder.path, "cache", "blobs"));
      writeFileSync(blob, hurt(readFileSync(blob)));
      const found = records.find("derive:web", "k1");
      if (found) expect(found.outputs).toMatchObject([{ output: success.output }]);
      await records.succeed({ ...success, isPrivate: true });
      expect(records.find("derive:web", "k1")?.outputs).toMatchObject([{ output: success.output }]);
    }),
    { numRuns: 50 },
  );
});

test("a blob that nobody used for long is collected, one that is used stays", async () => {
  await using folder = await tempFolder();
  const day = 24 * 60 * 60 * 1000;
  {
    await using store = await open(folder.path);
    await store.records("p").succeed({ ...success, isPrivate: true });
    await store.records("p").succeed({ ...success, task: "derive:api", output: "other", isPrivate: true });
  }
  const later = () => systemClock.now() + 40 * day;
  await using store = await open(folder.path, later);
  expect(store.records("p").find("derive:web", "k1")).toBeDefined();
  await store.collect(new AbortController().signal, usualCaps);
  expect(store.records("p").find("derive:web", "k1")?.outputs).toMatchObject([{ output: success.output }]);
  expect(store.records("p").find("derive:api", "k1")).toBeUndefined();
  expect(filesBelow(join(folder.path, "cache", "blobs"))).toHaveLength(1);
});
