import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, type Stats, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { systemClock } from "../../../src/std/clock.ts";
import { FileIndex } from "../../../src/store/files/file-index.ts";
import { isRacy } from "../../../src/store/files/file-stamp.ts";
import { decodeTable, encodeTable } from "../../../src/store/files/file-table.ts";
import type { Sources } from "../../../src/store/files/sources.ts";
import { takeSnapshot } from "../../../src/store/tree/snapshot.ts";
import { turns } from "../../../src/store/tree/turns.ts";
import { troubleTold } from "../../../src/store/trouble.ts";
import { tempFolder } from "../../rig/temp-folder.ts";
import { damage } from "../damage.ts";

const { signal } = new AbortController();
const trouble = troubleTold(() => undefined);
const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("hex"));
const row = fc.tuple(
  fc.string({ unit: "grapheme", minLength: 1 }).filter((path) => !path.includes("\0")),
  fc.array(fc.double({ noNaN: true }), { minLength: 6, maxLength: 6 }),
  digest,
);
const table = fc.array(row, { maxLength: 10 }).map((rows) => ({
  paths: rows.map(([path]) => path),
  rows: new Float64Array(rows.flatMap(([, numbers]) => numbers)),
  digests: rows.map(([, , hex]) => hex),
}));

test("a table is read as it was written", () => {
  fc.assert(
    fc.property(table, (written) => expect(decodeTable(Buffer.from(encodeTable(written)), 6)).toEqual(written)),
  );
});

test("a damaged table is none", () => {
  fc.assert(
    fc.property(table, damage, (written, spoil) => {
      const good = Buffer.from(encodeTable(written));
      const bad = spoil(good);
      fc.pre(!bad.equals(good));
      expect(decodeTable(bad, 6)).toBeUndefined();
    }),
  );
});

/** Looks at a tree with nothing to go by but the index. @returns the tree's digest */
async function readThrough(index: FileIndex, sources: Sources): Promise<string> {
  const files = index.beginWalk();
  const { tree } = await takeSnapshot({ sources, known: undefined, files, turn: turns(signal) }, undefined);
  files.end();
  return tree.digest;
}

/** A small tree of old files, and sessions that look at it through an index of their own. */
async function sessions() {
  const folder = await tempFolder();
  const root = join(folder.path, "tree");
  const path = join(folder.path, "index");
  mkdirSync(root);
  for (const name of ["a", "b", "c"]) {
    writeFileSync(join(root, name), name);
    utimesSync(join(root, name), 1000, 1000);
  }
  // The files' status changed just now; only what is older than a tick of the clock is trusted.
  await systemClock.sleep(60);
  const read = (index: FileIndex) => readThrough(index, { root, part: () => "in", extra: [] });
  return {
    root,
    path,
    read,
    open: (today = 0) => new FileIndex(path, trouble, () => today),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test("a later session reads only files that changed", async () => {
  await using disk = await sessions();
  const first = disk.open();
  const before = await disk.read(first);
  expect(first.unsaved).toBe(3);
  await first.save();
  const second = disk.open();
  expect(await disk.read(second)).toEqual(before);
  expect(second.unsaved).toBe(0);
  writeFileSync(join(disk.root, "b"), "B");
  writeFileSync(join(disk.root, "aa"), "new");
  await systemClock.sleep(60);
  await disk.read(second);
  expect(second.unsaved).toBe(2);
  await second.save();
  const third = disk.open();
  await disk.read(third);
  expect(third.unsaved).toBe(0);
});

test("a file that was touched just now is not trusted: it may change again within the same tick of the clock", async () => {
  await using disk = await sessions();
  writeFileSync(join(disk.root, "a"), "again");
  const index = disk.open();
  await disk.read(index);
  expect(index.unsaved).toBe(2);
  const now = statSync(join(disk.root, "a"));
  expect(isRacy(now, now.ctimeMs + 1)).toBe(true);
  expect(isRacy(now, now.ctimeMs - 1)).toBe(true);
  expect(isRacy(now, now.ctimeMs + 1000)).toBe(false);
  const whole = { ...now, mtimeMs: 5000, ctimeMs: 5000 } as Stats;
  expect(isRacy(whole, 6999)).toBe(true);
  expect(isRacy(whole, 7001)).toBe(false);
});

test("an index that is damaged is made anew", async () => {
  await using disk = await sessions();
  const first = disk.open();
  const before = await disk.read(first);
  await first.save();
  writeFileSync(disk.path, "not an index");
  const second = disk.open();
  expect(await disk.read(second)).toEqual(before);
  expect(second.unsaved).toBe(3);
});

test("rows that nobody saw for long are left out when the table is saved", async () => {
  await using disk = await sessions();
  const first = disk.open(100);
  await disk.read(first);
  await first.save();
  const later = disk.open(100 + 31);
  await readThrough(later, { root: disk.root, part: (path) => (path === "a" ? "in" : "out"), extra: [] });
  await later.save();
  expect(decodeTable(readFileSync(disk.path), 6)?.paths).toEqual(["a"]);
  expect(statSync(disk.path).mode & 0o777).toBe(0o600);
});
