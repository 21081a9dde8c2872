import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gitDirectory, gitLock } from "../../../src/dev/watch/git-lock.ts";
import type { Event } from "../../../src/event/event.ts";

let root: string;
const events: Event[] = [];
beforeEach(async () => {
  events.length = 0;
  root = await mkdtemp(join(tmpdir(), "devloop-git-"));
  await mkdir(join(root, ".git"));
  await mkdir(join(root, "web/src"), { recursive: true });
});
afterEach(() => rm(root, { recursive: true }));

const open = () => gitLock([join(root, "web/src"), join(root, "web")], (event) => void events.push(event));

for (const lock of ["index.lock", "rebase-merge", "rebase-apply"])
  test(`${lock} is waited for until it is gone`, async () => {
    const git = await open();
    expect(await git.busy(0, 0)).toBe(false);
    await mkdir(join(root, ".git", lock));
    expect(await git.busy(1000, 1000)).toBe(true);
    expect(await git.busy(60_000, 61_000)).toBe(true);
    await rm(join(root, ".git", lock), { recursive: true });
    expect(await git.busy(60_000, 61_050)).toBe(false);
    expect(events).toEqual([]);
  });

test("one that just stays is named once, and waited for again after it went", async () => {
  const git = await open();
  const lock = join(root, ".git/index.lock");
  await writeFile(lock, "");
  expect(await git.busy(0, 1000)).toBe(true);
  expect(await git.busy(0, 22_000)).toBe(false);
  expect(await git.busy(23_000, 23_020)).toBe(false);
  expect(events.map((event) => event.type)).toEqual(["notice"]);
  await rm(lock);
  expect(await git.busy(24_000, 24_000)).toBe(false);
  await writeFile(lock, "");
  expect(await git.busy(25_000, 25_000)).toBe(true);
});

test("the git directory of a worktree is where its file points", async () => {
  await mkdir(join(root, "tree/deep"), { recursive: true });
  await writeFile(join(root, "tree/.git"), `gitdir: ${join(root, ".git/worktrees/tree")}\n`);
  expect(await gitDirectory(join(root, "tree/deep"))).toBe(join(root, ".git/worktrees/tree"));
  expect(await gitDirectory(join(root, "web"))).toBe(join(root, ".git"));
});
