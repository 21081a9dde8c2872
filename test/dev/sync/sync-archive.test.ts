/** What becomes of files that change while they are sent: their bytes arrive as bytes, or the send fails. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { constants } from "node:fs";
import { lstat, mkdir, open, readdir, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { syncArchive } from "../../../src/dev/sync/sync-archive.ts";
import type { Json } from "../../../src/std/data/json.ts";
import { describePath } from "../../../src/store/tree/describe.ts";
import { localShell } from "../../rig/local-shell.ts";
import { type TempFolder, tempFolder } from "../../rig/temp-folder.ts";
import { untar } from "../../rig/untar.ts";

let root: TempFolder;
beforeEach(async () => {
  root = await tempFolder();
});
afterEach(() => root[Symbol.asyncDispose]());

const signal = () => AbortSignal.timeout(60_000);
const line = Buffer.from("echo > made-by-the-file\n");
/** More than is read at once. */
const large = 5 << 20;

/** Sends the file at `source`; `meanwhile` runs when the archive has been made and before its files are read. */
async function send(source: string, meanwhile: () => Promise<void>) {
  const cwd = join(root.path, crypto.randomUUID());
  const place = join(cwd, "place");
  await mkdir(cwd);
  const { payload } = await syncArchive([{ path: "file", source, destinations: [place] }], 0);
  await meanwhile();
  await using at = localShell(cwd);
  const result =
    payload === undefined
      ? "nothing"
      : await at.shell.run("tar xf - -C /", signal(), payload).then(
          ({ code }) => code,
          (thrown: Error) => thrown.name,
        );
  if (!at.shell.broken) expect(await at.shell.run("echo next", signal())).toMatchObject({ stdout: "next\n" });
  else await at.exited;
  const made = (await readdir(cwd)).filter((name) => name !== "place");
  return { result, made, place };
}

const changes = {
  grow: (path: string, at: number) => writeFile(path, Buffer.alloc(at, line), { flag: "a" }),
  shrink: (path: string, at: number) => truncate(path, at),
  replace: async (path: string, at: number) => {
    await writeFile(`${path}.new`, Buffer.alloc(at, line));
    await rename(`${path}.new`, path);
  },
  link: async (path: string) => {
    await writeFile(`${path}.secret`, Buffer.alloc(2 * large, "secret\n"));
    await rm(path);
    await symlink(`${path}.secret`, path);
  },
  folder: async (path: string) => {
    await rm(path);
    await mkdir(path);
  },
  go: (path: string) => rm(path),
  stay: async () => {},
};

test("whatever a file does meanwhile, none of its bytes is a command, and nothing else arrives in its place", async () => {
  const source = join(root.path, "source");
  const kinds = fc.constantFrom(...(Object.keys(changes) as (keyof typeof changes)[]));
  const sizes = fc.oneof(fc.nat({ max: 10_000 }), fc.integer({ min: large, max: large + 10_000 }));
  await fc.assert(
    fc.asyncProperty(sizes, kinds, fc.nat({ max: large + 20_000 }), async (size, kind, at) => {
      await rm(source, { recursive: true, force: true });
      await writeFile(source, Buffer.alloc(size, line));
      const { result, made, place } = await send(source, () => changes[kind](source, at));
      expect(made).toEqual([]);
      // What can still be as it was announced is; anything else is refused, to be looked at again.
      if (size < large || ["grow", "stay"].includes(kind) || (kind === "shrink" && at >= size)) expect(result).toBe(0);
      else expect(result).toBe("SourceChanged");
      if (result === 0) expect(await readFile(place)).toEqual(Buffer.alloc(size, line));
      else if (await Bun.file(place).exists()) expect(await readFile(place, "utf8")).not.toContain("secret");
    }),
    {
      numRuns: 40,
      examples: (Object.keys(changes) as (keyof typeof changes)[]).map((kind) => [large + 100, kind, 1000]),
    },
  );
});

test("a log that is written to all the time arrives as what it was when the send began", async () => {
  const source = join(root.path, "access.log");
  await writeFile(source, Buffer.alloc(large, "a"));
  let writing = true;
  const writer = (async () => {
    while (writing) await changes.grow(source, 50_000);
  })();
  const { result, made, place } = await send(source, async () => {});
  writing = false;
  await writer;
  expect([result, made]).toEqual([0, []]);
  expect((await lstat(place)).size).toBeGreaterThanOrEqual(large);
});

test("what is no file, folder or link is left out, and nobody waits for it", async () => {
  const source = join(root.path, "pipe");
  expect(await Bun.spawn(["mkfifo", source]).exited).toBe(0);
  const { deleted, payload, sent } = await syncArchive([{ path: "file", source, destinations: ["/place"] }], 0);
  expect([deleted, payload, [...sent()]]).toEqual([[], undefined, []]);
});

test("what was sent is described as a record of files would, by the bytes that went", async () => {
  const path = (name: string) => join(root.path, name);
  await writeFile(path("small"), "small", { mode: 0o640 });
  await writeFile(path("large"), Buffer.alloc(large, "a"));
  await mkdir(path("folder"));
  await symlink("small", path("link"));
  const names = ["small", "large", "folder", "link"];
  const described = new Map<string, Json>();
  for (const name of names) described.set(name, (await describePath(path(name), signal())) ?? null);
  const transfers = names.map((name) => ({
    path: name,
    source: path(name),
    destinations: [`/1/${name}`, `/2/${name}`],
  }));
  const deleted = { path: "deleted", destinations: ["/deleted"] };
  const gone = { path: "gone", source: path("gone"), destinations: ["/gone"] };
  const { payload, sent } = await syncArchive([...transfers, deleted, gone], 0);
  expect(sent().has("large")).toBe(false);
  // None of it is read again for the description.
  await changes.grow(path("large"), 1000);
  await writeFile(path("small"), "other");
  const bytes: Uint8Array[] = [];
  for await (const chunk of payload?.chunks ?? []) bytes.push(chunk);
  expect(sent()).toEqual(new Map<string, Json>([...described, ["deleted", null]]));
  const arrived = untar(Buffer.concat(bytes)).map(({ path: place, description }) => [place.slice(2), description]);
  expect(Object.fromEntries(arrived)).toEqual(Object.fromEntries(described));
});

test("a file that is not read at all keeps no handle open", async () => {
  const source = join(root.path, "large");
  await writeFile(source, Buffer.alloc(large, "a"));
  const handles = async () => (await readdir("/proc/self/fd")).length;
  const before = await handles();
  for (let i = 0; i < 20; i++) await syncArchive([{ path: "file", source, destinations: ["/place"] }], 0);
  const { payload } = await syncArchive([{ path: "file", source, destinations: ["/place"] }], 0);
  for await (const _ of payload?.chunks ?? []) break;
  expect(await handles()).toBeLessThan(before + 5);
  // The count would have seen one.
  await using one = await open(source, constants.O_RDONLY);
  expect(one.fd).toBeGreaterThan(0);
});
