import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { Failure } from "../../../src/diag/failure.ts";
import { compareRecords } from "../../../src/graph/plan/key.ts";
import { compareTrees } from "../../../src/store/tree/compare.ts";
import { tempFolder } from "../../rig/temp-folder.ts";
import { disk } from "./disk.ts";
import { anyEdit, judges, make } from "./edits.ts";
import { flat, plainWalk } from "./flat.ts";
import { anyTree, plant } from "./random-tree.ts";

const { signal } = new AbortController();
const judge = fc.constantFrom(...Object.values(judges));
/** Beside the tree: nothing, a Dockerfile elsewhere, and one under a name that the tree may have. */
const beside = fc.constantFrom(...([[], ["Dockerfile"], ["main.go"]] as const));

test("equal trees are equal flat records, and what differs is what differs between these", async () => {
  await using at = await disk();
  await using elsewhere = await tempFolder();
  await using store = await at.session();
  const dockerfile = join(elsewhere.path, "Dockerfile");
  await fc.assert(
    fc.asyncProperty(
      anyTree,
      fc.array(anyEdit, { maxLength: 2 }),
      judge,
      beside,
      fc.constantFrom("1", "2"),
      async (tree, edits, part, names, content) => {
        const sources = at.sources({
          part,
          selection: String(part),
          extra: names.map((name) => ({ name, path: dockerfile })),
        });
        await plant(tree, at.root);
        writeFileSync(dockerfile, "1");
        const before = (await store.snapshot(sources, signal)).tree;
        const was = plainWalk(sources);
        for (const edit of edits) make(edit, at.root);
        writeFileSync(dockerfile, content);
        const after = (await store.snapshot(sources, signal)).tree;
        const is = composed(plainWalk(sources));
        expect(flat(before)).toEqual(composed(was));
        expect(flat(after)).toEqual(is);
        expect(before.digest === after.digest).toBe(Bun.deepEquals(composed(was), is));
        expect(compareTrees(before, after)).toEqual(compareRecords(composed(was), is));
      },
    ),
    { numRuns: 150 },
  );
});

/** The plain walk has names as they are on the disk; two of a directory that are one in NFC are not drawn here. */
function composed(record: Readonly<Record<string, string>>): Record<string, string> {
  const names = Object.keys(record).map((path) => path.normalize("NFC"));
  fc.pre(new Set(names).size === names.length);
  return Object.fromEntries(Object.entries(record).map(([path, words]) => [path.normalize("NFC"), words]));
}

test("one path is looked up, and the paths below a directory are listed, as the flat record has them", async () => {
  await using at = await disk();
  await using store = await at.session();
  await fc.assert(
    fc.asyncProperty(anyTree, async (planted) => {
      await plant(planted, at.root);
      const { tree } = await store.snapshot(at.sources(), signal);
      const record = flat(tree);
      for (const path of [...Object.keys(record), "none", "a/none", "main.go/none"]) {
        expect(tree.at(path)).toBe(record[path]);
        expect([...tree.below(path)].sort()).toEqual(
          Object.keys(record)
            .filter((other) => other.startsWith(`${path}/`))
            .sort(),
        );
      }
      expect([...tree.below("")].sort()).toEqual(Object.keys(record).sort());
    }),
    { numRuns: 40 },
  );
});

test("a tree is found again by its digest in a later session, whole, and shared by whoever has the same", async () => {
  await using at = await disk();
  for (const folder of ["src/deep", "docs"]) mkdirSync(join(at.root, folder), { recursive: true });
  for (let i = 0; i < 40; i++) writeFileSync(join(at.root, "docs", `page-${i}.md`), `${i}`);
  writeFileSync(join(at.root, "src/deep/main.go"), "1");
  const digests: string[] = [];
  const records: Record<string, string>[] = [];
  for (const content of ["1", "2", "1"]) {
    await using store = await at.session();
    writeFileSync(join(at.root, "src/deep/main.go"), content);
    const { tree } = await store.snapshot(at.sources(), signal);
    digests.push(tree.digest);
    records.push(flat(tree));
  }
  expect(digests[2]).toBe(digests[0] ?? "");
  await using later = await at.session();
  for (const [i, digest] of digests.entries()) {
    const found = later.tree(digest);
    expect(found?.digest as string | undefined).toBe(digest);
    expect(found && flat(found)).toEqual(records[i]);
  }
  expect(later.compareTrees(digests[0] ?? "", digests[1] ?? "")?.map(({ path }) => path)).toEqual(["src/deep/main.go"]);
  expect(later.tree("0".repeat(64))).toBeUndefined();
  expect(later.compareTrees(digests[0] ?? "", "0".repeat(64))).toBeUndefined();
  const [whole = "", difference = ""] = readdirSync(join(at.cacheDir, "trees")).sort((a, b) => a.length - b.length);
  expect([whole, difference]).toEqual([digests[0] ?? "", `${digests[1]}.${digests[0]}`]);
});

test("a tree that was damaged on the disk is looked at anew, and is no answer to what changed", async () => {
  await using at = await disk();
  mkdirSync(join(at.root, "src"), { recursive: true });
  writeFileSync(join(at.root, "src/main.go"), "1");
  const look = async () => {
    await using store = await at.session();
    return flat((await store.snapshot(at.sources(), signal)).tree);
  };
  const before = await look();
  const trees = join(at.cacheDir, "trees");
  const [name = ""] = readdirSync(trees);
  for (const spoil of [
    (bytes: Buffer) => bytes.subarray(0, bytes.length - 3),
    (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.from("x")]),
    () => Buffer.from("not a tree"),
  ]) {
    const path = join(trees, name);
    writeFileSync(path, spoil(Buffer.from(await Bun.file(path).arrayBuffer())));
    chmodSync(path, 0o600);
    // What cannot be read is never taken for something else; it is told at most once, and then made anew.
    const found = await look().catch((thrown: unknown) => thrown);
    if (found instanceof Failure) expect(found.message).toContain("has lost a part of a tree");
    else expect(found).toEqual(before);
    expect(await look()).toEqual(before);
  }
});
