import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { disk, pastTick } from "./disk.ts";
import { anyEdit, judges, make } from "./edits.ts";
import { plainWalk } from "./flat.ts";
import { anyTree, plant } from "./random-tree.ts";

const { signal } = new AbortController();

async function built() {
  const at = await disk();
  for (const folder of ["src/deep", "node_modules"]) mkdirSync(join(at.root, folder), { recursive: true });
  for (const path of ["src/a", "src/deep/b", "node_modules/c"]) writeFileSync(join(at.root, path), "A");
  symlinkSync("a", join(at.root, "src/link"));
  for (const name of ["Dockerfile", "ignore"]) writeFileSync(join(at.root, "..", name), "A");
  mkdirSync(join(at.root, "../named"));
  await pastTick();
  const store = await at.session();
  const sources = at.sources({
    part: judges["an ignore file"],
    selection: "an ignore file",
    extra: [{ name: "Dockerfile", path: join(at.root, "../Dockerfile") }],
    rules: [join(at.root, "../ignore")],
    trees: [{ root: join(at.root, "../named") }],
  });
  const snapshot = await store.snapshot(sources, signal);
  return {
    root: at.root,
    path: (path: string) => join(at.root, path),
    touched: () => store.touchedSince(snapshot, signal),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await at[Symbol.asyncDispose]();
    },
  };
}

test.each([
  ["nothing", () => undefined, []],
  ["a file that is changed and changed back", rewrite("src/a", "B", "A"), ["src/a"]],
  ["a file that is written with what it has", rewrite("src/a", "A"), ["src/a"]],
  ["a file whose times alone change", (root) => utimesSync(join(root, "src/a"), 1, 1), ["src/a"]],
  ["permission bits of a directory", (root) => chmodSync(join(root, "src/deep"), 0o700), ["src/deep"]],
  ["a new file", rewrite("src/deep/new", "A"), ["src/deep/new"]],
  ["a file that goes", (root) => rmSync(join(root, "src/deep/b")), ["src/deep/b"]],
  ["a link that points elsewhere", relink, ["src/link"]],
  ["a directory that takes the place of another", swapped, ["src/deep/b"]],
  ["what does not count", rewrite("node_modules/c", "B"), []],
  ["a new file of a directory that counts as a whole", rewrite("../named/new", "A"), ["../named/new"]],
  ["a file beside the tree", rewrite("../Dockerfile", "A"), ["../Dockerfile"]],
  ["a file that says what counts", rewrite("../ignore", "B"), ["../ignore"]],
] as const satisfies readonly (readonly [string, (root: string) => void, readonly string[]])[])(
  "%s",
  async (_what, edit, expected) => {
    await using at = await built();
    edit(at.root);
    const absolute = expected.map((path) => (path.startsWith("../") ? at.path(path) : path));
    expect(await at.touched()).toEqual(absolute);
  },
);

function rewrite(path: string, ...contents: readonly string[]): (root: string) => void {
  return (root) => {
    for (const content of contents) writeFileSync(join(root, path), content);
  };
}

function relink(root: string): void {
  rmSync(join(root, "src/link"));
  symlinkSync("deep", join(root, "src/link"));
}

function swapped(root: string): void {
  renameSync(join(root, "src/deep"), join(root, "deep.old"));
  mkdirSync(join(root, "src/deep"));
  writeFileSync(join(root, "src/deep/b"), "A");
  rmSync(join(root, "deep.old"), { recursive: true });
}

test("a file that was written right before the look is read again: its status says nothing yet", async () => {
  await using at = await disk();
  mkdirSync(at.root);
  const path = join(at.root, "file");
  await using store = await at.session();
  for (let round = 0; round < 100; round++) {
    writeFileSync(path, "A");
    const snapshot = await store.snapshot(at.sources(), signal);
    expect(await store.touchedSince(snapshot, signal)).toEqual([]);
    writeFileSync(path, "B");
    expect(await store.touchedSince(snapshot, signal)).toEqual(["file"]);
  }
});

test("whatever changes what a look finds was touched, and what only changes elsewhere was not", async () => {
  await using at = await disk();
  await using store = await at.session();
  await fc.assert(
    fc.asyncProperty(
      anyTree,
      anyEdit,
      fc.constantFrom(...Object.entries(judges)),
      async (tree, edit, [selection, part]) => {
        await plant(tree, at.root);
        const sources = at.sources({ part, selection });
        const snapshot = await store.snapshot(sources, signal);
        const before = plainWalk(sources);
        const paths = make(edit, at.root);
        const touched = await store.touchedSince(snapshot, signal);
        if (!Bun.deepEquals(plainWalk(sources), before)) expect(touched).not.toEqual([]);
        const counts = paths.some((path) => {
          const inner = path.slice(at.root.length + 1);
          return inner in before || inner in plainWalk(sources);
        });
        if (!counts) expect(touched).toEqual([]);
      },
    ),
    { numRuns: 150 },
  );
});
