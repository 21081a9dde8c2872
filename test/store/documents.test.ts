import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { Failure } from "../../src/diag/failure.ts";
import type { Json } from "../../src/std/json.ts";
import { openDocuments } from "../../src/store/documents.ts";
import { tempFolder } from "../rig/temp-folder.ts";
import { damage } from "./damage.ts";

const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((text) => !text.includes("/"));
/** As JSON carries it: without a zero below zero. */
const value = fc.jsonValue().map((any) => JSON.parse(JSON.stringify(any)) as Json);
const name = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join("/"));

test("what was written is read, listed and removed, whatever its name", async () => {
  await using folder = await tempFolder();
  const documents = openDocuments(folder.path);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(name, { maxLength: 4 }), value, async (names, written) => {
      for (const each of names) await documents.write(each, written);
      expect(await documents.list("")).toEqual([...names].sort());
      for (const each of names) {
        expect(await documents.read(each)).toEqual(written);
        await documents.remove(each);
        expect(await documents.read(each)).toBeUndefined();
      }
    }),
    { numRuns: 40 },
  );
});

test("a list has the names that begin with the prefix", async () => {
  await using folder = await tempFolder();
  const documents = openDocuments(folder.path);
  for (const each of ["ledger/shop/a", "ledger/shop/b", "ledger/shopping", "overlay/shop"])
    await documents.write(each, 1);
  expect(await documents.list("ledger/shop/")).toEqual(["ledger/shop/a", "ledger/shop/b"]);
  expect(await documents.list("none")).toEqual([]);
});

test("a document is its owner's alone, and has the mode that was asked for", async () => {
  await using folder = await tempFolder();
  const documents = openDocuments(folder.path);
  await documents.write("secret", 1);
  await documents.write("open", 1, { mode: 0o640 });
  expect(statSync(join(folder.path, "secret.json")).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder.path, "open.json")).mode & 0o777).toBe(0o640);
});

test("a damaged document is absent, and set aside where nothing overwrites it", async () => {
  await using folder = await tempFolder();
  const documents = openDocuments(folder.path);
  await fc.assert(
    fc.asyncProperty(damage, async (spoil) => {
      await documents.write("ledger", { objects: ["a", "b"] });
      const file = join(folder.path, "ledger.json");
      const good = readFileSync(file);
      const bad = spoil(good);
      fc.pre(!bad.equals(good));
      writeFileSync(file, bad);
      expect(await documents.read("ledger")).toBeUndefined();
      expect(await documents.list("")).toEqual([]);
      expect(readFileSync(`${file}.unreadable`).equals(bad)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test("a document that is there and cannot be read is not taken for absent", async () => {
  await using folder = await tempFolder();
  mkdirSync(join(folder.path, "ledger.json"));
  expect(openDocuments(folder.path).read("ledger")).rejects.toBeInstanceOf(Failure);
});

test("a write that fails is a Failure", async () => {
  await using folder = await tempFolder();
  writeFileSync(join(folder.path, "file"), "");
  const documents = openDocuments(join(folder.path, "file"));
  expect(documents.write("a", 1)).rejects.toBeInstanceOf(Failure);
  expect(await documents.read("a")).toBeUndefined();
  expect(readdirSync(folder.path)).toEqual(["file"]);
});
