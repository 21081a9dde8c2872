/** Files that change while they are sent into a container, through the channel that a session uses. */
import { expect } from "bun:test";
import { mkdir, readdir, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { containerChannel } from "../../src/dev/sync/container-channel.ts";
import { syncArchive } from "../../src/dev/sync/sync-archive.ts";
import { execServer } from "../rig/exec-server.ts";
import { tempFolder } from "../rig/temp-folder.ts";
import type { Peer } from "./row.ts";

const target = { namespace: "shop", pod: "web", container: "main" };
const line = Buffer.from("echo > made-by-the-file\n");
/** More than is read at once. */
const large = 5 << 20;
const signal = () => AbortSignal.timeout(60_000);

/** Sends a file that changes when its archive has been made, then once more. @returns both outcomes */
async function sentTwice(change: (path: string) => Promise<void>) {
  await using folder = await tempFolder();
  const [source, container] = [join(folder.path, "source"), join(folder.path, "container")];
  const place = join(container, "place");
  await mkdir(container);
  await writeFile(source, Buffer.alloc(large, line));
  await using server = execServer(container);
  await using channel = containerChannel(server.cluster, target);
  const archive = () => syncArchive([{ path: "source", source, destinations: [place] }], 0);
  const first = await archive();
  await change(source);
  const results = [await channel.send(first, signal()), await channel.send(await archive(), signal())];
  expect((await readdir(container)).filter((name) => name !== "place")).toEqual([]);
  const arrived = await Bun.file(place)
    .text()
    .catch(() => undefined);
  return { results: results.map(({ kind }) => kind), arrived };
}

export const growingFiles: Peer = {
  name: "a file that is being written",
  rows: [
    {
      what: "it grows while it is synced, with lines that are commands",
      outcome: "it arrives as it was when the sync began, and none of it is run",
      async run() {
        const { results, arrived } = await sentTwice((path) =>
          writeFile(path, Buffer.alloc(large, line), { flag: "a" }),
        );
        expect(results).toEqual(["done", "done"]);
        expect(arrived?.length).toBe(2 * large);
      },
    },
    {
      what: "it shrinks while it is synced",
      outcome: "the sync fails and is repeated with a fresh look at it, and none of it is run",
      async run() {
        const { results, arrived } = await sentTwice((path) => truncate(path, 1000));
        expect(results).toEqual(["cut", "done"]);
        expect(arrived?.length).toBe(1000);
      },
    },
    {
      what: "a link to another file takes its place",
      outcome: "the link arrives as a link; what it leads to is not read",
      async run() {
        const { results, arrived } = await sentTwice(async (path) => {
          await writeFile(`${path}.secret`, Buffer.alloc(2 * large, "secret\n"));
          await rm(path);
          await symlink("nowhere", path);
        });
        expect(results).toEqual(["cut", "done"]);
        expect(arrived).toBeUndefined();
      },
    },
    {
      what: "a pipe that nobody writes to takes its place",
      outcome: "it is left out, and nothing waits for it",
      async run() {
        const { results } = await sentTwice(async (path) => {
          await rm(path);
          expect(await Bun.spawn(["mkfifo", path]).exited).toBe(0);
        });
        expect(results).toEqual(["cut", "done"]);
      },
    },
  ],
};
