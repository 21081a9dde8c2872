import { expect, test } from "bun:test";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cloneAt } from "../../src/tool/git-clone.ts";
import { must } from "../../src/tool/run.ts";

const signal = AbortSignal.timeout(30_000);

async function git(folder: string, ...args: string[]): Promise<string> {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
  return (await must({ argv: ["git", "-C", folder, ...identity, ...args] }, signal)).stdout.trim();
}

/** A repository with a branch `main`, and a folder for clones. */
async function repository() {
  const root = await mkdtemp(join(tmpdir(), "devloop-git-"));
  const repo = join(root, "repo");
  await must({ argv: ["git", "init", "--quiet", "--initial-branch=main", repo] }, signal);
  await git(repo, "config", "uploadpack.allowAnySHA1InWant", "true");
  const commit = async (text: string) => {
    await writeFile(join(repo, "skaffold.yaml"), text);
    await git(repo, "add", ".");
    await git(repo, "commit", "--quiet", "-m", text);
    return git(repo, "rev-parse", "HEAD");
  };
  return {
    repo: `file://${repo}`,
    path: repo,
    cacheDir: join(root, "cache"),
    commit,
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

const textIn = (folder: string) => readFile(join(folder, "skaffold.yaml"), "utf8");

test("without a ref the branch is main where there is no master, and an update follows it", async () => {
  await using there = await repository();
  await there.commit("one");
  const request = { repo: there.repo, cacheDir: there.cacheDir };
  const folder = await cloneAt({ ...request, mode: "always" }, signal);
  expect(await textIn(folder)).toBe("one");
  await there.commit("two");
  expect(await textIn(await cloneAt({ ...request, mode: "missing" }, signal))).toBe("one");
  expect(await textIn(await cloneAt({ ...request, mode: "always" }, signal))).toBe("two");
});

test("a tag and a commit keep working on every update", async () => {
  await using there = await repository();
  const first = await there.commit("one");
  await git(there.path, "tag", "v1");
  await there.commit("two");
  for (const ref of ["v1", first])
    for (const _ of [1, 2]) expect(await textIn(await cloneAt({ ...there, ref, mode: "always" }, signal))).toBe("one");
});

test("an update throws away what was changed in the clone", async () => {
  await using there = await repository();
  await there.commit("one");
  const folder = await cloneAt({ ...there, ref: "main", mode: "always" }, signal);
  await writeFile(join(folder, "skaffold.yaml"), "changed by hand");
  await cloneAt({ ...there, ref: "main", mode: "always" }, signal);
  expect(await textIn(folder)).toBe("one");
});

test("an unknown ref fails with git's words and leaves no half clone", async () => {
  await using there = await repository();
  await there.commit("one");
  const asked = { ...there, ref: "no-such", mode: "always" as const };
  await expect(cloneAt(asked, signal)).rejects.toThrow(/git/);
  await expect(cloneAt(asked, signal)).rejects.toThrow(/git/);
});

test("two clones of the same at once both end whole", async () => {
  await using there = await repository();
  await there.commit("one");
  const asked = { ...there, ref: "main", mode: "always" as const };
  const folders = await Promise.all([cloneAt(asked, signal), cloneAt(asked, signal)]);
  expect(new Set(folders).size).toBe(1);
  expect(await textIn(folders[0])).toBe("one");
});
