import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { Failure } from "../../src/diag/failure.ts";
import type { Json } from "../../src/std/data/json.ts";
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

test("a damaged document is absent, told of, and set aside where nothing overwrites it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (accidents) => {
      await using folder = await tempFolder();
      const told: string[] = [];
      const documents = openDocuments(folder.path, ({ message }) => told.push(message));
      const file = join(folder.path, "ledger.json");
      const all: Buffer[] = [];
      for (const spoil of accidents) {
        await documents.write("ledger", { objects: ["a", "b"] });
        const good = readFileSync(file);
        const bad = spoil(good);
        fc.pre(!bad.equals(good) && !isOfLaterDevloop(bad));
        writeFileSync(file, bad);
        all.push(bad);
        expect(await documents.read("ledger")).toBeUndefined();
        expect(await documents.list("")).toEqual([]);
      }
      for (const [i, bad] of all.entries())
        expect(readFileSync(`${file}.unreadable${i === 0 ? "" : `-${i + 1}`}`).equals(bad)).toBe(true);
      expect(told).toEqual(all.map(() => `${file} was damaged and counts as nothing`));
    }),
    { numRuns: 40 },
  );
});

const isOfLaterDevloop = (bytes: Buffer) => bytes.toString("latin1").startsWith("devloop document 2 ");

test("a document of a later devloop is not read, not edited and not set aside", async () => {
  await using folder = await tempFolder();
  const documents = openDocuments(folder.path);
  await documents.write("ledger", { objects: ["a"] });
  const file = join(folder.path, "ledger.json");
  const later = readFileSync(file, "utf8").replace("devloop document 1 ", "devloop document 2 ");
  writeFileSync(file, later);
  for (const attempt of [() => documents.read("ledger"), () => documents.edit("ledger", () => ({ objects: [] }))])
    await expect(attempt()).rejects.toThrow("was written by a later devloop (format 2)");
  expect(readFileSync(file, "utf8")).toBe(later);
  expect(readdirSync(folder.path).filter((name) => !name.startsWith("."))).toEqual(["ledger.json"]);
});

test("edits of many at once are made one after another; an edit to nothing removes", async () => {
  await using folder = await tempFolder();
  const opened = [openDocuments(folder.path), openDocuments(folder.path)] as const;
  const count = (value: Json | undefined) => (typeof value === "number" ? value : 0) + 1;
  await Promise.all(Array.from({ length: 40 }, (_, i) => opened[i % 2 === 0 ? 0 : 1].edit("count", count)));
  expect(await opened[0].read("count")).toBe(40);
  expect(await opened[0].list("")).toEqual(["count"]);
  await opened[1].edit("count", () => undefined);
  expect(await opened[0].list("")).toEqual([]);
});

test("a file of somebody else's among the documents hides none of them", async () => {
  await using folder = await tempFolder();
  writeFileSync(join(folder.path, "%zz.json"), "{}");
  const documents = openDocuments(folder.path);
  await documents.write("mine", 1);
  expect(await documents.list("")).toEqual(["mine"]);
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
