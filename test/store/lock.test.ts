import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tryLock, waitForLock } from "../../src/store/lock.ts";
import { tempFolder } from "../rig/temp-folder.ts";

const holderScript = join(import.meta.dir, "fixtures/hold-lock-child.ts");

/** A process that holds the lock until it is killed. */
async function holdElsewhere(path: string) {
  const child = Bun.spawn([process.execPath, holderScript, path], { stdout: "pipe", stderr: "inherit" });
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  expect(new TextDecoder().decode(value)).toBe("held\n");
  return {
    pid: child.pid,
    async kill() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

test("a lock has one holder, in this process and between processes, and others learn its number", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "lock");
  const mine = await tryLock(path);
  expect(mine.held).toBe(true);
  expect(await tryLock(path)).toEqual({ held: false, pid: process.pid });
  if (mine.held) await mine.lock[Symbol.asyncDispose]();
  const other = await holdElsewhere(path);
  expect(await tryLock(path)).toEqual({ held: false, pid: other.pid });
  await other.kill();
});

test("a lock ends with its holder, however that ends", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "lock");
  for (let i = 0; i < 3; i++) {
    const other = await holdElsewhere(path);
    await other.kill();
    const mine = await tryLock(path);
    expect(mine.held).toBe(true);
    if (mine.held) await mine.lock[Symbol.asyncDispose]();
  }
});

test("a number that another process has by now is not taken for the holder's", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "lock");
  const other = await holdElsewhere(path);
  const note = join(path, "holder");
  const { started } = JSON.parse(readFileSync(note, "utf8")) as { started: string };
  // As a killed holder would have left it whose number is ours now.
  writeFileSync(note, JSON.stringify({ pid: process.pid, started: `${Number(started) - 1}` }));
  expect(await tryLock(path)).toEqual({ held: false });
  await other.kill();
});

test("of many that try at once, one gets it", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "lock");
  const results = await Promise.all(Array.from({ length: 20 }, () => tryLock(path)));
  expect(results.filter(({ held }) => held)).toHaveLength(1);
  for (const result of results) if (result.held) await result.lock[Symbol.asyncDispose]();
});

test("who waits for a lock stops at its signal", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "lock");
  const mine = await tryLock(path);
  const stop = new AbortController();
  const waiting = waitForLock(path, 600_000, stop.signal);
  stop.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await expect(waitForLock(path, 600_000, stop.signal)).rejects.toThrow("enough");
  if (mine.held) await mine.lock[Symbol.asyncDispose]();
  await using again = await waitForLock(path, 1_000);
  expect(again).toBeDefined();
});
