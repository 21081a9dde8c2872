import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { currentBranch, headCommit, isDirty } from "../../../src/tool/git/git.ts";
import { withoutRepository } from "../../../src/tool/git/git-environment.ts";
import { type RepositoryRequest, repositoryFolder, type SyncMode } from "../../../src/tool/git/git-repository.ts";
import { must } from "../../../src/tool/process/run.ts";

const { signal } = new AbortController();
let root: string;
let origin: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "devloop-git-"));
  origin = join(root, "origin");
  await must({ argv: ["git", "init", "--quiet", "--initial-branch=main", origin] }, signal);
  await git("config", "uploadpack.allowAnySHA1InWant", "true");
  await commit("one");
  await git("tag", "v1");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function git(...args: string[]): Promise<string> {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"];
  return (await must({ argv: ["git", ...identity, ...args], cwd: origin }, signal)).stdout.trim();
}

async function commit(text: string): Promise<string> {
  writeFileSync(join(origin, "file"), text);
  await git("add", "file");
  await git("commit", "--quiet", "-m", text);
  return git("rev-parse", "HEAD");
}

let caches = 0;
/** A cache folder, and what a request gives in it. */
function inCache() {
  const cache = join(root, `cache-${caches++}`);
  return async (request: Partial<RepositoryRequest> = {}, mode: SyncMode = "always") => {
    const folder = await repositoryFolder({ repo: `file://${origin}`, ...request }, cache, mode, signal);
    return { folder, text: readFileSync(join(folder, "file"), "utf8") };
  };
}

test("a branch follows, a tag and a commit stay, and all three can be updated", async () => {
  const at = inCache();
  const first = await git("rev-parse", "HEAD");
  expect([(await at()).text, (await at({ ref: "v1" })).text, (await at({ ref: first })).text]).toEqual([
    "one",
    "one",
    "one",
  ]);
  await commit("two");
  expect([(await at()).text, (await at({ ref: "v1" })).text, (await at({ ref: first })).text]).toEqual([
    "two",
    "one",
    "one",
  ]);
  await git("tag", "--force", "v1");
  expect((await at({ ref: "v1" })).text).toBe("two");
});

test("what is there is updated as asked", async () => {
  const at = inCache();
  const before = (await at()).text;
  const after = `${before} and more`;
  await commit(after);
  expect((await at({}, "missing")).text).toBe(before);
  expect((await at({}, "never")).text).toBe(before);
  expect((await at({ sync: false })).text).toBe(before);
  expect((await at({ sync: true }, "missing")).text).toBe(after);
});

test("local changes are thrown away", async () => {
  const at = inCache();
  const { folder, text } = await at();
  writeFileSync(join(folder, "file"), "mine");
  writeFileSync(join(folder, "more"), "mine");
  expect((await at()).text).toBe(text);
  expect(await Bun.file(join(folder, "more")).exists()).toBe(false);
});

test("two at once give one whole clone", async () => {
  const at = inCache();
  const both = await Promise.allSettled([at(), at(), at({ ref: "v1" })]);
  expect(both.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
});

test("what cannot be had says why", async () => {
  const at = inCache();
  await expect(at({ ref: "nope" })).rejects.toThrow("git failed with exit code 128");
  await expect(at({ ref: "v1" }, "never")).rejects.toThrow("--sync-remote-cache=never forbids to clone it");
  await expect(at({ repo: `file://${root}/nowhere` })).rejects.toThrow("git failed with exit code 128");
});

describe("inside a hook of a worktree, whose variables name the user's repository", () => {
  const names = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"];
  let mine: string;
  let linked: string;
  const inMine = (...args: string[]) =>
    must({ argv: ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", ...args], cwd: mine }, signal);

  beforeEach(async () => {
    mine = mkdtempSync(join(root, "mine-"));
    linked = join(root, `linked-${caches}`);
    await inMine("init", "--quiet", "--initial-branch=main");
    writeFileSync(join(mine, "work"), "my work");
    await inMine("add", "work");
    await inMine("commit", "--quiet", "-m", "my work");
    await inMine("remote", "add", "origin", `file://${origin}`);
    await inMine("worktree", "add", "--quiet", linked, "-b", "feature");
    writeFileSync(join(linked, "staged"), "staged");
    writeFileSync(join(linked, "untracked"), "untracked");
    await must({ argv: ["git", "add", "staged"], cwd: linked }, signal);
  });
  afterEach(() => {
    for (const name of names) delete process.env[name];
  });
  const asInHook = () => {
    process.env.GIT_DIR = join(mine, ".git/worktrees", basename(linked));
    process.env.GIT_WORK_TREE = linked;
    process.env.GIT_INDEX_FILE = join(mine, ".git/worktrees", basename(linked), "index");
    process.env.GIT_COMMON_DIR = join(mine, ".git");
    process.env.GIT_OBJECT_DIRECTORY = join(mine, ".git/objects");
    process.env.GIT_PREFIX = "";
  };
  const state = async () => {
    const run = async (...args: string[]) => (await must({ argv: ["git", ...args], cwd: linked }, signal)).stdout;
    const all = ["rev-parse HEAD", "for-each-ref", "status --porcelain", "config --list --local", "count-objects -v"];
    return Promise.all(all.map((line) => run(...line.split(" "))));
  };

  test("a clone is made and brought up to date in the cache, and nothing of the user's changes", async () => {
    const at = inCache();
    const before = await state();
    asInHook();
    const first = await at().catch((thrown: Error) => thrown);
    for (const name of names) delete process.env[name];
    const later = await commit(`later ${caches}`);
    asInHook();
    const second = await at();
    const branch = await currentBranch(origin, signal);
    const head = await headCommit(second.folder, false, signal);
    const dirty = await isDirty(second.folder, signal);
    for (const name of names) delete process.env[name];
    expect(await state()).toEqual(before);
    expect(first).toMatchObject({ folder: second.folder });
    expect([branch, head, dirty]).toEqual(["main", later, false]);
    expect(existsSync(join(linked, "untracked"))).toBe(true);
  });

  test("a clone that lost its repository leaves the repository around the cache alone", async () => {
    const cache = join(mine, "cache");
    const request = { repo: `file://${origin}` };
    const folder = await repositoryFolder(request, cache, "always", signal);
    writeFileSync(join(folder, ".git/HEAD"), "");
    await repositoryFolder(request, cache, "always", signal).catch(() => undefined);
    expect(readFileSync(join(mine, "work"), "utf8")).toBe("my work");
    expect((await inMine("rev-parse", "--abbrev-ref", "HEAD")).stdout.trim()).toBe("main");
    expect((await inMine("log", "--format=%s")).stdout.trim()).toBe("my work");
  });
});

test("every variable that git itself calls local to a repository is kept from it", async () => {
  const { stdout } = await must({ argv: ["git", "rev-parse", "--local-env-vars"] }, signal);
  expect(Object.keys(withoutRepository)).toEqual(expect.arrayContaining(stdout.trim().split("\n")));
  expect(Object.values(withoutRepository)).toEqual(Object.values(withoutRepository).map(() => undefined));
});
