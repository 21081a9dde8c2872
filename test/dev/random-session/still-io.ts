/**
 * Makes a process replay from a seed. To be imported first, before anything that reads files: what `node:fs/promises`
 * offers is done at once, chance is drawn from the seed, and every clock of the program is one virtual clock. Then no
 * thread, no disk and no kernel decides what comes before what.
 */
import fs from "node:fs";
import { createRequire } from "node:module";
import { systemClock } from "../../../src/std/clock.ts";
import { seeded } from "../../build/docker/seeded.ts";
import { type VirtualClock, virtualClock } from "../../rig/virtual-clock.ts";

type Sync = (...given: unknown[]) => unknown;

const patched = createRequire(import.meta.url)("node:fs/promises") as Record<string, unknown>;
const names = [
  ...["access", "chmod", "link", "lstat", "mkdir", "mkdtemp", "readdir", "readFile", "readlink", "realpath", "rename"],
  ...["rm", "rmdir", "stat", "symlink", "unlink", "utimes", "writeFile"],
];
for (const name of names) {
  const now = (fs as unknown as Record<string, Sync>)[`${name}Sync`] as Sync;
  patched[name] = async (...given: unknown[]) => now(...given);
}
patched.open = async (path: string, flags?: string | number, mode?: number) => {
  const fd = fs.openSync(path, flags ?? "r", mode);
  const close = async () => fs.closeSync(fd);
  return {
    fd,
    stat: async () => fs.fstatSync(fd),
    async read(buffer: Uint8Array, offset: number, length: number, position: number) {
      return { buffer, bytesRead: fs.readSync(fd, buffer, offset, length, position) };
    },
    writeFile: async (data: string | Uint8Array) => fs.writeFileSync(fd, data),
    write: async (data: Uint8Array) => ({ bytesWritten: fs.writeSync(fd, data) }),
    sync: async () => undefined,
    datasync: async () => undefined,
    close,
    [Symbol.asyncDispose]: close,
  };
};

/** Later than any file of this machine was touched, and the same in every run. */
const start = Date.UTC(2100, 0);

/** The clock of the session at hand. */
export let clock: VirtualClock = virtualClock(start);
systemClock.now = () => clock.now();
systemClock.sleep = (ms, signal) => clock.sleep(ms, signal);
performance.now = () => clock.now();

/** Begins a session that is drawn from this seed. */
export function begin(seed: number): void {
  clock = virtualClock(start);
  const chance = seeded(seed);
  Math.random = () => chance.int(1 << 30) / (1 << 30);
}
