import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { systemClock } from "../../../src/std/clock.ts";
import type { Sources } from "../../../src/store/files/sources.ts";
import { openStore } from "../../../src/store/store.ts";
import { tempFolder } from "../../rig/temp-folder.ts";
import { type Flat, flat } from "./flat.ts";
import { anyTree, changes, plant } from "./random-tree.ts";

const { signal } = new AbortController();

/** A place for trees, and looks at them through one store, as a session makes them. */
async function trees() {
  const folder = await tempFolder();
  const store = await openStore({
    cacheDir: join(folder.path, "cache"),
    stateDir: join(folder.path, "state"),
    clock: systemClock,
  });
  const root = join(folder.path, "tree");
  return {
    root,
    snapshot: async (more: Partial<Sources> = {}): Promise<Flat> =>
      flat((await store.snapshot({ root, part: () => "in", extra: [], ...more }, signal)).tree),
    key: async () => (await store.snapshot({ root, part: () => "in", extra: [] }, signal)).tree.digest,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test("the record does not depend on where a tree lies, nor on the order in which it was made", async () => {
  await using here = await trees();
  await using there = await trees();
  await fc.assert(
    fc.asyncProperty(anyTree, async (tree) => {
      await plant(tree, here.root, "forth");
      await plant(tree, there.root, "back");
      const [a, b] = [await here.snapshot(), await there.snapshot()];
      expect(a).toEqual(b);
      expect(await here.key()).toBe(await there.key());
      expect(Object.keys(a)).toHaveLength(tree.size);
    }),
    { numRuns: 60 },
  );
});

test.each(Object.entries(changes))("%s changes the key", async (_name, change) => {
  await using here = await trees();
  await fc.assert(
    fc.asyncProperty(anyTree, fc.nat(), async (tree, pick) => {
      const changed = change(tree, pick);
      fc.pre(changed !== undefined);
      if (!changed) return;
      await plant(tree, here.root);
      const before = await here.key();
      await plant(changed, here.root);
      expect(await here.key()).not.toBe(before);
      await plant(tree, here.root);
      expect(await here.key()).toBe(before);
    }),
    { numRuns: 25 },
  );
});

test("times, owners and links to the same content change nothing", async () => {
  await using here = await trees();
  mkdirSync(here.root);
  const file = join(here.root, "file");
  writeFileSync(file, "content");
  const before = await here.snapshot();
  utimesSync(file, 1, 1);
  expect(await here.snapshot()).toEqual(before);
  writeFileSync(`${file}.new`, "content");
  renameSync(`${file}.new`, file);
  expect(await here.snapshot()).toEqual(before);
});

test("a file that is written twice within one tick of the clock is never taken for its former self", async () => {
  await using here = await trees();
  mkdirSync(here.root);
  for (let round = 0; round < 200; round++) {
    const file = join(here.root, "file");
    writeFileSync(file, `${round} a`);
    const a = await here.snapshot();
    writeFileSync(file, `${round} b`);
    const b = await here.snapshot();
    expect(b.file).not.toBe(a.file);
  }
});

test("a change behind the old times is seen", async () => {
  await using here = await trees();
  mkdirSync(here.root);
  const file = join(here.root, "file");
  writeFileSync(file, "content");
  utimesSync(file, 1000, 1000);
  // Old enough to be trusted: its status changed a while ago.
  await systemClock.sleep(60);
  const before = await here.snapshot();
  expect(await here.snapshot()).toEqual(before);
  writeFileSync(file, "CONTENT");
  utimesSync(file, 1000, 1000);
  expect(await here.snapshot()).not.toEqual(before);
});

test("only what the sources take in counts, and a parent only with something below it", async () => {
  await using here = await trees();
  for (const dir of ["src/deep/empty", "out/in", "lonely"]) mkdirSync(join(here.root, dir), { recursive: true });
  for (const path of ["src/deep/a.go", "src/b.txt", "out/in/c.go"]) writeFileSync(join(here.root, path), path);
  const asked: string[] = [];
  const files = await here.snapshot({
    part(path, kind) {
      asked.push(path);
      if (path === "out") return "out";
      return kind === "directory" ? "parent" : path.endsWith(".go") ? "in" : "out";
    },
  });
  expect(Object.keys(files).sort()).toEqual(["src", "src/deep", "src/deep/a.go"]);
  expect(asked).not.toContain("out/in");
});

test("files beside the tree count by content, also when they are not there", async () => {
  await using here = await trees();
  mkdirSync(join(here.root, "docker"), { recursive: true });
  const extra = [{ name: "Dockerfile", path: join(here.root, "docker/Dockerfile") }];
  expect(await here.snapshot({ part: () => "out", extra })).toEqual({ Dockerfile: "absent" });
  writeFileSync(join(here.root, "docker/Dockerfile"), "FROM a");
  const alone = await here.snapshot({ part: () => "out", extra });
  expect(alone.Dockerfile).toStartWith("content ");
  chmodSync(join(here.root, "docker/Dockerfile"), 0o600);
  expect(await here.snapshot({ part: () => "out", extra })).toEqual(alone);
  writeFileSync(join(here.root, "Dockerfile"), "FROM b");
  const part = (path: string) => (path === "Dockerfile" ? "in" : "out");
  const both = await here.snapshot({ part, extra });
  expect(Object.keys(both).sort()).toEqual(["Dockerfile", "Dockerfile//extra"]);
  writeFileSync(join(here.root, "Dockerfile"), "FROM a");
  expect(Object.keys(await here.snapshot({ part, extra }))).toEqual(["Dockerfile"]);
});

test("a name counts in one form of its letters, and two names that meet there stay two", async () => {
  await using here = await trees();
  mkdirSync(here.root);
  writeFileSync(join(here.root, "a\u0308"), "decomposed");
  expect(Object.keys(await here.snapshot())).toEqual(["\u00e4"]);
  writeFileSync(join(here.root, "\u00e4"), "composed");
  expect(Object.keys(await here.snapshot()).sort()).toEqual(["a\u0308", "\u00e4"]);
});

test("sockets are left out, pipes are never read", async () => {
  await using here = await trees();
  mkdirSync(here.root);
  expect(Bun.spawnSync(["mkfifo", join(here.root, "pipe")]).exitCode).toBe(0);
  const server = createServer().listen(join(here.root, "socket"));
  await new Promise((resolve) => server.once("listening", resolve));
  expect(await here.snapshot()).toEqual({ pipe: expect.stringMatching(/^special 6/) });
  server.close();
});

test("a tree that is not there is empty, and paths that go away meanwhile were never there", async () => {
  await using here = await trees();
  expect(await here.snapshot()).toEqual({});
  mkdirSync(join(here.root, "going/away"), { recursive: true });
  writeFileSync(join(here.root, "stays"), "");
  const files = await here.snapshot({
    part(path) {
      if (path === "going") rmSync(join(here.root, "going"), { recursive: true });
      return "in";
    },
  });
  expect(Object.keys(files).sort()).toEqual(["going", "stays"]);
});

describe("a name that is not UTF-8", () => {
  const foreign = Buffer.from([0x61, 0xff]);
  const inside = (directory: string) => Buffer.concat([Buffer.from(`${directory}/`), foreign]);
  const refusal = "which counts as an input, is not UTF-8";

  test("is refused where it counts, as a file and as a directory, and nowhere else", async () => {
    await using here = await trees();
    mkdirSync(join(here.root, "sub"), { recursive: true });
    writeFileSync(inside(join(here.root, "sub")), "1");
    await expect(here.snapshot()).rejects.toThrow(refusal);
    expect(await here.snapshot({ part: (path) => (path.startsWith("sub") ? "out" : "in") })).toEqual({});
    rmSync(inside(join(here.root, "sub")));
    mkdirSync(inside(here.root));
    await expect(here.snapshot()).rejects.toThrow(refusal);
  });

  test("is another thing than the character that stands for it", async () => {
    await using here = await trees();
    mkdirSync(here.root, { recursive: true });
    writeFileSync(join(here.root, "a\u{fffd}"), "1");
    expect(Object.keys(await here.snapshot())).toEqual(["a\u{fffd}"]);
  });
});

test("a look that is cancelled ends with the signal's reason", async () => {
  await using here = await trees();
  mkdirSync(here.root);
  const controller = new AbortController();
  controller.abort();
  const sources: Sources = { root: here.root, part: () => "in", extra: [] };
  await using folder = await tempFolder();
  await using store = await openStore({ cacheDir: folder.path, stateDir: folder.path, clock: systemClock });
  expect(store.snapshot(sources, controller.signal)).rejects.toBe(controller.signal.reason);
});

test("a tree in the working directory is what it is from elsewhere, also when the directory was moved", async () => {
  await using here = await trees();
  mkdirSync(join(here.root, "src"), { recursive: true });
  writeFileSync(join(here.root, "src/a"), "1");
  const before = await here.key();
  const back = process.cwd();
  for (const directory of [here.root, join(here.root, "..")]) {
    process.chdir(directory);
    try {
      expect(await here.key()).toBe(before);
      writeFileSync(join(here.root, "src/a"), "2");
      expect(await here.key()).not.toBe(before);
      writeFileSync(join(here.root, "src/a"), "1");
      // What is found under the name is what a builder finds there, not what the working directory has become.
      renameSync(here.root, `${here.root}.moved`);
      mkdirSync(join(here.root, "src"), { recursive: true });
      writeFileSync(join(here.root, "src/a"), "3");
      expect((await here.snapshot())["src/a"]).not.toBe(undefined);
      expect(await here.key()).not.toBe(before);
      rmSync(here.root, { recursive: true });
      renameSync(`${here.root}.moved`, here.root);
    } finally {
      process.chdir(back);
    }
  }
});
