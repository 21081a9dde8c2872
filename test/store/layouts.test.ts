/** Layouts that programs of builders write into: what stays, what goes, and who may write. */
import { afterAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../src/std/data/digest.ts";
import { type Layout, openLayout } from "../../src/store/layouts.ts";
import { tempFolder } from "../rig/temp-folder.ts";

const root = await tempFolder();
afterAll(() => root[Symbol.asyncDispose]());
let count = 0;
const hourMs = 60 * 60 * 1000;
let now = Date.now();

function places() {
  const folder = join(root.path, String(++count));
  return { open: () => openLayout(join(folder, "layouts"), join(folder, "locks"), () => now) };
}

const blobs = (path: string) => join(path, "blobs/sha256");
async function put(path: string, content: string, ageMs = hourMs): Promise<string> {
  await mkdir(blobs(path), { recursive: true });
  const file = join(blobs(path), sha256(content));
  await writeFile(file, content);
  await utimes(file, (now - ageMs) / 1000, (now - ageMs) / 1000);
  return `sha256:${sha256(content)}`;
}

/** Adds an image as a builder's program does. */
async function add({ path }: Layout, name: string, base: string): Promise<{ manifest: string; layer: string }> {
  const [config, layer] = [await put(path, `config ${name}`), await put(path, `layer ${name}`)];
  const manifest = await put(
    path,
    JSON.stringify({ config: { digest: config }, layers: [{ digest: base }, { digest: layer }] }),
  );
  const list = await readFile(join(path, "index.json"), "utf8").catch(() => '{"manifests":[]}');
  const { manifests } = JSON.parse(list);
  await writeFile(join(path, "index.json"), JSON.stringify({ manifests: [...manifests, { digest: manifest }] }));
  return { manifest, layer };
}

const has = ({ path }: Layout, digest: string) => existsSync(join(blobs(path), digest.slice("sha256:".length)));

test("the last images stay with what they share; what only older ones have goes", async () => {
  await using layout = await places().open();
  const base = await put(layout.path, "base");
  const made: { manifest: string; layer: string }[] = [];
  for (let n = 0; n < 6; n++) {
    made.push(await add(layout, `image ${n}`, base));
    await layout.keep(made.at(-1)?.manifest ?? "");
    now += hourMs;
  }
  expect(made.map(({ layer }) => has(layout, layer))).toEqual([false, false, true, true, true, true]);
  expect(has(layout, base)).toBe(true);
  expect(await readdir(blobs(layout.path))).toHaveLength(1 + 4 * 3);
  const { manifests } = JSON.parse(await readFile(join(layout.path, "index.json"), "utf8"));
  expect(manifests.map(({ digest }: { digest: string }) => digest)).toEqual(
    made.slice(2).map(({ manifest }) => manifest),
  );
});

test("an image that is made again is the newest one, once; its blobs count as used", async () => {
  await using layout = await places().open();
  const base = await put(layout.path, "base");
  const first = await add(layout, "first", base);
  await layout.keep(first.manifest);
  for (const name of ["a", "b", "first", "c", "d"]) await layout.keep((await add(layout, name, base)).manifest);
  expect(has(layout, first.layer)).toBe(true);
  const { mtimeMs } = await Bun.file(join(blobs(layout.path), base.slice("sha256:".length))).stat();
  expect(Math.abs(mtimeMs - now)).toBeLessThan(2);
});

test("what was written a moment ago stays, whoever names it", async () => {
  await using layout = await places().open();
  const young = await put(layout.path, "half an image", 1000);
  const old = await put(layout.path, "of a program that was killed");
  await layout.keep((await add(layout, "image", await put(layout.path, "base"))).manifest);
  expect([has(layout, young), has(layout, old)]).toEqual([true, false]);
});

test("a list that was left half written is gone before the next program reads it", async () => {
  const at = places();
  {
    await using layout = await at.open();
    await add(layout, "image", await put(layout.path, "base"));
    await writeFile(join(layout.path, "index.json"), '{"manifests":[{"dig');
  }
  await using layout = await at.open();
  expect(existsSync(join(layout.path, "index.json"))).toBe(false);
  expect((await readdir(blobs(layout.path))).length).toBeGreaterThan(0);
});

test("two that write at once have one each, and the next one has the first again", async () => {
  const at = places();
  const one = await at.open();
  const two = await at.open();
  expect(two.path).not.toBe(one.path);
  await one[Symbol.asyncDispose]();
  await two[Symbol.asyncDispose]();
  await using again = await at.open();
  expect(again.path).toBe(one.path);
});

test("a folder that cannot be made is a failure that holds nobody up afterwards", async () => {
  const folder = join(root.path, String(++count));
  await mkdir(folder);
  await writeFile(join(folder, "layouts"), "no folder");
  const open = () => openLayout(join(folder, "layouts"), join(folder, "locks"), () => now);
  await expect(open()).rejects.toThrow();
  await rm(join(folder, "layouts"));
  await using layout = await open();
  expect(layout.path).toBe(join(folder, "layouts/1"));
});
