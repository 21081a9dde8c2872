import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdir, readdir, readlink, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openScratch, sweepScratch } from "../../src/store/scratch.ts";
import { type TempFolder, tempFolder } from "../rig/temp-folder.ts";

let root: TempFolder;
let folder: string;
beforeEach(async () => {
  root = await tempFolder();
  folder = join(root.path, "scratch");
});
afterEach(() => root[Symbol.asyncDispose]());

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

/** Open files of this process in the folder, with their permission bits. */
async function openFiles(): Promise<number[]> {
  const found: number[] = [];
  for (const fd of await readdir("/proc/self/fd")) {
    const target = await readlink(`/proc/self/fd/${fd}`).catch(() => "");
    if (target.startsWith(folder)) found.push((await stat(`/proc/self/fd/${fd}`)).mode & 0o777);
  }
  return found;
}

test("what is written can be read as often as wanted, by several at once, and has no name", async () => {
  await using file = await openScratch(folder);
  const content = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000)));
  for (let i = 0; i < 20; i++) await file.write(content);
  const all = Buffer.concat(Array.from({ length: 20 }, () => content));
  const read = await Promise.all([collect(file.chunks()), collect(file.chunks())]);
  expect(read.map((one) => one.equals(all))).toEqual([true, true]);
  expect((await collect(file.chunks())).equals(all)).toBe(true);
  expect(await readdir(folder)).toEqual([]);
  expect(await openFiles()).toEqual([0o600]);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test("its space is free when it is disposed of", async () => {
  const file = await openScratch(folder);
  await file.write(Buffer.alloc(1000));
  await file[Symbol.asyncDispose]();
  expect(await openFiles()).toEqual([]);
});

test("what a killed process left is swept, and a file that is in use goes on", async () => {
  await mkdir(folder);
  await writeFile(join(folder, "left"), "left behind");
  await using file = await openScratch(folder);
  await file.write(Buffer.from("in use"));
  await sweepScratch(folder);
  await file.write(Buffer.from(" still"));
  expect(await readdir(folder)).toEqual([]);
  expect((await collect(file.chunks())).toString()).toBe("in use still");
});

test("a folder that is not there is swept already, and one that cannot be made is told", async () => {
  await sweepScratch(folder);
  await writeFile(folder, "");
  await expect(openScratch(folder)).rejects.toThrow("EEXIST");
});
