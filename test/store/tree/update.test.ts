import { expect, test } from "bun:test";
import { appendFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import type { FileDigests } from "../../../src/store/files/file-index.ts";
import type { Sources } from "../../../src/store/files/sources.ts";
import type { FileTree } from "../../../src/store/tree/file-tree.ts";
import { takeSnapshot } from "../../../src/store/tree/snapshot.ts";
import { turns } from "../../../src/store/tree/turns.ts";
import { disk, pastTick } from "./disk.ts";
import { anyEdit, judges, make } from "./edits.ts";
import { flat } from "./flat.ts";
import { anyTree, plant } from "./random-tree.ts";

const { signal } = new AbortController();

/** What a look finds that knows nothing: no earlier look, no index, no kept directories. */
async function anew(sources: Sources): Promise<FileTree> {
  const files: FileDigests = { known: () => undefined, learn: () => undefined, end: () => undefined };
  return (await takeSnapshot({ sources, known: undefined, files, turn: turns(signal) }, undefined)).tree;
}

test("a look at what changed is a look at everything, whatever changed and however often", async () => {
  await using at = await disk();
  await using store = await at.session();
  const saves = fc.array(fc.array(anyEdit, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(
      anyTree,
      saves,
      fc.constantFrom(...Object.entries(judges)),
      async (tree, all, [selection, part]) => {
        await plant(tree, at.root);
        const sources = at.sources({ part, selection });
        let snapshot = await store.snapshot(sources, signal);
        for (const edits of all) {
          const changed = edits.flatMap((edit) => make(edit, at.root));
          snapshot = await store.snapshot(sources, signal, { snapshot, changed });
          const whole = await anew(sources);
          expect(flat(snapshot.tree)).toEqual(flat(whole));
          expect(snapshot.tree.digest).toBe(whole.digest);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test("a directory above what changed may stand for it", async () => {
  await using at = await disk();
  await using store = await at.session();
  await fc.assert(
    fc.asyncProperty(anyTree, anyEdit, async (tree, edit) => {
      await plant(tree, at.root);
      const snapshot = await store.snapshot(at.sources(), signal);
      const changed = make(edit, at.root).map((path) => dirname(path));
      const after = await store.snapshot(at.sources(), signal, { snapshot, changed });
      expect(after.tree.digest).toBe((await anew(at.sources())).digest);
    }),
    { numRuns: 60 },
  );
});

test("only the directory of a changed file is listed again: what nobody named is taken for what it was", async () => {
  await using at = await disk();
  for (const folder of ["src/deep", "docs"]) mkdirSync(join(at.root, folder), { recursive: true });
  for (const path of ["src/deep/a", "src/b", "docs/c"]) writeFileSync(join(at.root, path), "1");
  await using store = await at.session();
  const snapshot = await store.snapshot(at.sources(), signal);
  for (const path of ["src/deep/a", "docs/c"]) writeFileSync(join(at.root, path), "2");
  const after = await store.snapshot(at.sources(), signal, { snapshot, changed: [join(at.root, "src/deep/a")] });
  expect(store.compareTrees(snapshot.tree.digest, after.tree.digest)?.map(({ path }) => path)).toEqual(["src/deep/a"]);
  // Whoever may have lost an event looks at everything.
  const whole = await store.snapshot(at.sources(), signal);
  expect(store.compareTrees(after.tree.digest, whole.tree.digest)?.map(({ path }) => path)).toEqual(["docs/c"]);
});

test("files beside the tree are asked for in every look", async () => {
  await using at = await disk();
  mkdirSync(join(at.root, "src"), { recursive: true });
  const dockerfile = join(at.root, "../Dockerfile");
  writeFileSync(dockerfile, "FROM a");
  const sources = at.sources({ extra: [{ name: "Dockerfile", path: dockerfile }] });
  await using store = await at.session();
  const snapshot = await store.snapshot(sources, signal);
  appendFileSync(dockerfile, "\nRUN b");
  const after = await store.snapshot(sources, signal, { snapshot, changed: [] });
  expect(store.compareTrees(snapshot.tree.digest, after.tree.digest)?.map(({ path }) => path)).toEqual(["Dockerfile"]);
});

test("other rules are another look: what was kept under the old ones is not gone on with", async () => {
  await using at = await disk();
  mkdirSync(join(at.root, "src"), { recursive: true });
  for (const path of ["src/main.go", "src/x.log"]) writeFileSync(join(at.root, path), path);
  await using store = await at.session();
  const snapshot = await store.snapshot(at.sources(), signal);
  const others = at.sources({ part: judges["an ignore file"], selection: "an ignore file" });
  const after = await store.snapshot(others, signal, { snapshot, changed: [] });
  expect(flat(after.tree)).toEqual(flat(await anew(others)));
  expect(after.tree.at("src/x.log")).toBeUndefined();
});

test("a later session finds what is there, whatever happened in between", async () => {
  await using at = await disk();
  await fc.assert(
    fc.asyncProperty(
      anyTree,
      fc.array(fc.array(anyEdit, { maxLength: 2 }), { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...Object.entries(judges)),
      async (tree, sessions, [selection, part]) => {
        await plant(tree, at.root);
        const sources = at.sources({ part, selection });
        for (const edits of sessions) {
          // What was touched just now is trusted by no later session.
          await pastTick();
          await using store = await at.session();
          const whole = await anew(sources);
          expect((await store.snapshot(sources, signal)).tree.digest).toBe(whole.digest);
          for (const edit of edits) make(edit, at.root);
        }
      },
    ),
    { numRuns: 25 },
  );
});

test("a later session reads no file of a tree that nobody touched, and asks nobody what counts in it", async () => {
  await using at = await disk();
  for (const folder of ["src/deep", "docs"]) mkdirSync(join(at.root, folder), { recursive: true });
  for (const path of ["src/deep/a", "src/b", "docs/c"]) writeFileSync(join(at.root, path), path);
  await pastTick();
  const asked: string[] = [];
  const part = (path: string) => {
    asked.push(path);
    return "in" as const;
  };
  const look = async () => {
    await using store = await at.session();
    return (await store.snapshot(at.sources({ part }), signal)).tree.digest;
  };
  const before = await look();
  expect(asked).toHaveLength(6);
  // The index of single files is not there: a file that is read now would be noticed by its new row.
  const index = join(at.cacheDir, "index");
  for (const name of readdirSync(index)) if (name.endsWith(".index")) rmSync(join(index, name));
  expect(await look()).toBe(before);
  expect(asked).toHaveLength(6);
  expect(readdirSync(index).filter((name) => name.endsWith(".index"))).toEqual([]);
  renameSync(join(at.root, "docs/c"), join(at.root, "docs/d"));
  expect(await look()).not.toBe(before);
  expect(asked.slice(6)).toEqual(["docs/d"]);
});
