import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RepositoryRequest, repositoryFolder, type SyncMode } from "../../src/tool/git-repository.ts";
import { must } from "../../src/tool/run.ts";

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
