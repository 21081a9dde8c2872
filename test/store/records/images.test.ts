import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { openDocuments } from "../../../src/store/documents.ts";
import { activeProjects, declareActive } from "../../../src/store/records/active.ts";
import { openImageBook } from "../../../src/store/records/images.ts";
import { tempFolder } from "../../rig/temp-folder.ts";

const id = (digit: string) => `sha256:${digit.repeat(64)}`;
const start = Date.UTC(2030, 0, 1);
const image = (digit: string, more: object = {}) => ({
  id: id(digit),
  project: "shop",
  artifact: "web",
  place: "engine:a",
  names: ["docker.io/library/web:1"],
  ...more,
});

async function book() {
  const folder = await tempFolder();
  let now = start;
  const documents = openDocuments(join(folder.path, "state"));
  const open = () => openImageBook(documents, join(folder.path, "cache"), () => now);
  return {
    ...folder,
    open,
    pass: (ms: number) => {
      now += ms;
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test("names are kept by place, and whose an image is; another process reads them", async () => {
  await using it = await book();
  const images = it.open();
  await images.note(image("a"));
  await images.note(image("a", { names: ["docker.io/library/web:2", "docker.io/library/web:1"] }));
  await images.note(image("a", { place: "nodes:b", artifact: "api" }));
  await images.note(image("b"));
  const [a, b] = await it.open().list();
  expect(a).toEqual({
    id: id("a"),
    made: [
      { project: "shop", artifact: "web" },
      { project: "shop", artifact: "api" },
    ],
    names: {
      "engine:a": ["docker.io/library/web:1", "docker.io/library/web:2"],
      "nodes:b": ["docker.io/library/web:1"],
    },
    at: start,
    usedAt: start,
  });
  expect(b?.id).toBe(id("b"));
});

test("the last use is known, and falls back to when the image was made where the cache is gone", async () => {
  await using it = await book();
  const images = it.open();
  await images.note(image("a"));
  it.pass(1_000_000);
  await images.used([id("a")]);
  expect((await images.list())[0]).toMatchObject({ at: start, usedAt: start + 1_000_000 });
  await rm(join(it.path, "cache"), { recursive: true });
  expect((await images.list())[0]?.usedAt).toBe(start);
});

test("names that are gone are dropped, an image without any is forgotten with its use", async () => {
  await using it = await book();
  const images = it.open();
  await images.note(image("a", { names: ["x", "y"] }));
  await images.note(image("a", { place: "nodes:b" }));
  await images.used([id("a")]);
  await images.dropped(id("a"), "engine:a", ["x"]);
  expect((await images.list())[0]?.names["engine:a"]).toEqual(["y"]);
  await images.dropped(id("a"), "engine:a");
  expect(Object.keys((await images.list())[0]?.names ?? {})).toEqual(["nodes:b"]);
  await images.dropped(id("a"), "nodes:b");
  expect(await images.list()).toEqual([]);
  expect(readdirSync(join(it.path, "cache", "images"))).toEqual([]);
  // What was never noted is dropped without a trace.
  await images.dropped(id("c"), "engine:a");
  expect(await images.list()).toEqual([]);
});

test("a collection is due some time after the last one, never in a fresh store", async () => {
  await using it = await book();
  const images = it.open();
  await images.used([]);
  expect(await images.isDue(1000)).toBe(false);
  it.pass(999);
  expect(await images.isDue(1000)).toBe(false);
  it.pass(1);
  expect(await images.isDue(1000)).toBe(true);
  await images.collected();
  expect(await images.isDue(1000)).toBe(false);
  it.pass(-5000);
  expect(await images.isDue(1000)).toBe(true);
});

describe("what other live runs work on", () => {
  test("is what they say; a run that does not say may work on anything", async () => {
    await using folder = await tempFolder();
    const own = await declareActive(folder.path, start);
    own.worksOn("own");
    expect(await activeProjects(folder.path, own.name)).toEqual(new Set());
    const other = await declareActive(folder.path, start);
    expect(await activeProjects(folder.path, own.name)).toBeUndefined();
    other.worksOn("shop");
    other.worksOn("bank");
    expect(await activeProjects(folder.path, own.name)).toEqual(new Set(["shop", "bank"]));
    await other[Symbol.asyncDispose]();
    expect(await activeProjects(folder.path, own.name)).toEqual(new Set());
    await own[Symbol.asyncDispose]();
  });
});
