/** `gitCommit` against real repositories: every variant, changes in the work tree, prefixes, odd names. */
import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type GitTagOptions,
  type GitVariant,
  gitCommitTagger,
  gitVariant,
} from "../../../src/build/taggers/git-commit.ts";
import type { Tag } from "../../../src/build/taggers/tagger.ts";
import { type GitRepository, gitRepository } from "./git-repository.ts";

const signal = new AbortController().signal;

function tag(context: string, options: Partial<GitTagOptions> = {}): Promise<Tag> {
  const tagger = gitCommitTagger({ variant: "Tags", prefix: "", ignoreChanges: false, ...options });
  return tagger.tag({ image: "web", context }, signal);
}

async function repository(): Promise<GitRepository> {
  const repo = await gitRepository();
  await repo.write("web/a.txt", "a");
  await repo.write("api/b.txt", "b");
  await repo.commit("first");
  return repo;
}

describe("variants on a clean work tree", () => {
  /** How Git itself says it, in the artifact's context. */
  const table: readonly [GitVariant, (repo: GitRepository) => Promise<string>][] = [
    ["Tags", (repo) => repo.git("rev-parse", "--short", "HEAD")],
    ["CommitSha", (repo) => repo.git("rev-parse", "HEAD")],
    ["AbbrevCommitSha", (repo) => repo.git("rev-parse", "--short", "HEAD")],
    ["TreeSha", (repo) => repo.git("rev-parse", "HEAD:web")],
    ["AbbrevTreeSha", (repo) => repo.git("rev-parse", "--short", "HEAD:web")],
    ["Branches", async () => "main"],
  ];
  for (const [variant, want] of table)
    test(variant, async () => {
      await using repo = await repository();
      expect(await tag(join(repo.root, "web"), { variant })).toEqual({ tag: await want(repo) });
    });

  test("Tags on the tag itself, and some commits later", async () => {
    await using repo = await repository();
    await repo.git("tag", "v1.2.0");
    expect(await tag(repo.root)).toEqual({ tag: "v1.2.0" });
    await repo.commit("second");
    await repo.commit("third");
    expect(await tag(repo.root)).toEqual({ tag: `v1.2.0-2-g${await repo.git("rev-parse", "--short", "HEAD")}` });
  });
  test("Branches on a detached head is the abbreviated commit", async () => {
    await using repo = await repository();
    await repo.git("checkout", "--quiet", "--detach");
    expect(await tag(repo.root, { variant: "Branches" })).toEqual({
      tag: await repo.git("rev-parse", "--short", "HEAD"),
    });
  });
  test("TreeSha stays where only another directory changed", async () => {
    await using repo = await repository();
    const before = await tag(join(repo.root, "web"), { variant: "TreeSha" });
    await repo.write("api/b.txt", "changed");
    await repo.commit("second");
    expect(await tag(join(repo.root, "web"), { variant: "TreeSha" })).toEqual(before);
  });
});

describe("changes in the work tree", () => {
  const changes: readonly [title: string, change: (repo: GitRepository) => Promise<unknown>, dirty: boolean][] = [
    ["a changed file", (repo) => repo.write("web/a.txt", "changed"), true],
    ["a new file", (repo) => repo.write("web/new.txt", "new"), true],
    ["a staged file", (repo) => repo.write("web/new.txt", "new").then(() => repo.git("add", "--all")), true],
    ["a deleted file", (repo) => rm(join(repo.root, "web/a.txt")), true],
    ["an ignored file", (repo) => repo.write("web/x.log", "x"), false],
    ["a change outside of the context", (repo) => repo.write("api/b.txt", "changed"), false],
  ];
  for (const [title, change, dirty] of changes)
    test(`${title}: ${dirty ? "dirty" : "clean"}`, async () => {
      await using repo = await repository();
      await repo.write(".gitignore", "*.log\n");
      await repo.commit("ignore");
      await change(repo);
      const { tag: got } = await tag(join(repo.root, "web"), { variant: "Branches" });
      expect(got).toBe(dirty ? "main-dirty" : "main");
    });
  test("count for every variant, unless they are to be ignored", async () => {
    await using repo = await repository();
    await repo.write("web/a.txt", "changed");
    for (const variant of ["Tags", "CommitSha", "AbbrevCommitSha", "TreeSha", "AbbrevTreeSha", "Branches"] as const) {
      const context = join(repo.root, "web");
      const { tag: clean } = await tag(context, { variant, ignoreChanges: true });
      expect(await tag(context, { variant })).toEqual({ tag: `${clean}-dirty` });
    }
  });
});

describe("names", () => {
  test("a prefix stands in front as it is", async () => {
    await using repo = await repository();
    expect(await tag(repo.root, { variant: "Branches", prefix: "ci-" })).toEqual({ tag: "ci-main" });
  });
  test("what a tag may not hold is replaced, and said", async () => {
    await using repo = await repository();
    await repo.git("checkout", "--quiet", "-b", "feature/größe+1");
    expect(await tag(repo.root, { variant: "Branches" })).toEqual({
      tag: "feature_gr__e_1",
      notice: '"feature/größe+1" is no valid tag and became feature_gr__e_1',
    });
  });
  test("a name that with its suffix is too long is refused", async () => {
    await using repo = await repository();
    await repo.git("tag", "x".repeat(125));
    await repo.write("new", "");
    expect(tag(repo.root)).rejects.toMatchObject({
      name: "Failure",
      message: expect.stringContaining("not a valid tag"),
    });
  });
  test("a prefix that no tag may begin with is refused", async () => {
    await using repo = await repository();
    expect(tag(repo.root, { prefix: "-" })).rejects.toMatchObject({ name: "Failure" });
  });
});

describe("no tag", () => {
  test("without a repository", async () => {
    const outside = await mkdtemp(join(tmpdir(), "devloop-no-git-"));
    expect(await tag(outside).catch((error) => error)).toMatchObject({
      name: "Failure",
      message: expect.stringMatching(/^git: not a git repository/),
      diagnostics: [{ command: expect.stringContaining("git") }],
    });
    await rm(outside, { recursive: true });
  });
  test("without a commit", async () => {
    await using repo = await gitRepository();
    for (const variant of ["Tags", "CommitSha", "AbbrevTreeSha", "TreeSha"] as const)
      expect(await tag(repo.root, { variant }).catch((error) => error)).toMatchObject({ name: "Failure" });
  });
  test("TreeSha of a directory that is not committed", async () => {
    await using repo = await repository();
    await repo.write("new/a", "a");
    expect(await tag(join(repo.root, "new"), { variant: "TreeSha" }).catch((error) => error)).toMatchObject({
      name: "Failure",
    });
  });
});

test("variants are named in any case", () => {
  expect(gitVariant("")).toBe("Tags");
  expect(gitVariant("abbrevcommitsha")).toBe("AbbrevCommitSha");
  expect(gitVariant("Shas")).toBeUndefined();
});
