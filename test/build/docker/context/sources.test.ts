/** Which files of a context count, which only hold some that do, which rule took a path in, and what must be watched. */
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inspectDocker } from "../../../../src/build/docker/inspect.ts";
import { filesOf } from "../key-of-context.ts";

const roots: string[] = [];
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "devloop-sources-"));
  roots.push(root);
});
afterAll(() => Promise.all(roots.map((one) => rm(one, { recursive: true, force: true }))));

async function put(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), path);
  }
}

async function inspect(dockerfile: string, ignore?: string) {
  await writeFile(join(root, "Dockerfile"), dockerfile);
  if (ignore !== undefined) await writeFile(join(root, ".dockerignore"), ignore);
  return inspectDocker({ context: root, dockerfile: join(root, "Dockerfile"), buildArgs: {} });
}

/** Paths that count, without the Dockerfile's own entry. */
async function counted(dockerfile: string, ignore?: string): Promise<string[]> {
  const { sources } = await inspect(dockerfile, ignore);
  return Object.keys(await filesOf({ ...sources, extra: [] })).sort();
}

describe("what a Dockerfile reads", () => {
  test("only what it copies, with everything below", async () => {
    await put("src/a.go", "src/x/b.go", "docs/c.md", "go.mod");
    expect(await counted("FROM scratch\nCOPY go.mod src /\n")).toEqual([
      "go.mod",
      "src",
      "src/a.go",
      "src/x",
      "src/x/b.go",
    ]);
  });
  test("patterns select by component, and name the directories on the way", async () => {
    await put("a/x.txt", "b/x.txt", "b/y.md", "b/deep/x.txt");
    expect(await counted("FROM scratch\nCOPY */*.txt /\n")).toEqual(["a", "a/x.txt", "b", "b/x.txt"]);
  });
  test("bind mounts, whose source is no pattern", async () => {
    await put("a/x", "b/y");
    expect(await counted("FROM scratch\nRUN --mount=type=bind,source=a,target=/m true\n")).toEqual(["a", "a/x"]);
    expect(await counted("FROM scratch\nRUN --mount=type=bind,source=*,target=/m true\n")).toEqual([]);
  });
  test("not what only an unreached stage copies", async () => {
    await put("a", "b");
    expect(await counted("FROM scratch AS other\nCOPY a /\nFROM scratch\nCOPY b /\n")).toEqual(["b"]);
  });
  test("not what comes from another stage, an address or a repository", async () => {
    await put("x", "a");
    const remote = "ADD https://a.example/x git@a.example:x git://a.example/x ssh://a.example/x a /\n";
    expect(await counted(`FROM scratch AS s\nFROM scratch\nCOPY --from=s /x /\n${remote}`)).toEqual(["a"]);
  });
  test("everything where a source cannot be known", async () => {
    await put("a/x", "b");
    expect(await counted("FROM base\nCOPY $FROM_BASE /\n")).toEqual(["Dockerfile", "a", "a/x", "b"]);
  });
  test("--parents with two stars at any depth", async () => {
    await put("a/go.mod", "b/c/go.mod", "b/c/x.go");
    expect(await counted("FROM scratch\nCOPY --parents **/go.mod /\n")).toEqual([
      "a",
      "a/go.mod",
      "b",
      "b/c",
      "b/c/go.mod",
    ]);
  });
  test("sources cannot lead out of the context", async () => {
    await put("a");
    expect(await counted("FROM scratch\nCOPY ../../a /\n")).toEqual(["a"]);
  });
});

describe("links on the way are followed inside the context", () => {
  test("the link and what it leads to count", async () => {
    await put("real/x", "other/y");
    await symlink("real", join(root, "link"));
    expect(await counted("FROM scratch\nCOPY link/x /\n")).toEqual(["link", "real", "real/x"]);
  });
  test("an absolute target is taken from the context's root", async () => {
    await put("real/x");
    await symlink("/real", join(root, "link"));
    expect(await counted("FROM scratch\nCOPY link/ /\n")).toEqual(["link", "real", "real/x"]);
  });
  test("links in a circle end", async () => {
    await symlink("b", join(root, "a"));
    await symlink("a", join(root, "b"));
    expect(await counted("FROM scratch\nCOPY a /\n")).toEqual(["a", "b"]);
  });
});

describe("the ignore file", () => {
  test("hides what is copied, and directories that lose everything stay where they themselves are kept", async () => {
    await put("src/a.go", "src/a.md", "docs/b.md");
    expect(await counted("FROM scratch\nCOPY . /\n", "**/*.md\n.dockerignore\nDockerfile\n")).toEqual([
      "docs",
      "src",
      "src/a.go",
    ]);
  });
  test("beside the Dockerfile wins over the context's", async () => {
    await put("a", "b");
    await writeFile(join(root, "Dockerfile.dockerignore"), "a\n*ockerfile*\n.*\n");
    expect(await counted("FROM scratch\nCOPY . /\n", "b\n")).toEqual(["b"]);
  });
  test("counts by what it selects and is watched as a rule, whether it is there or not", async () => {
    const { sources } = await inspect("FROM scratch\nCOPY a /\n");
    expect(sources.rules).toEqual([join(root, "Dockerfile.dockerignore"), join(root, ".dockerignore")]);
    expect(sources.extra).toEqual([{ name: "Dockerfile", path: join(root, "Dockerfile") }]);
  });
});

describe("why a path counts", () => {
  test("is the line that reads it", async () => {
    await put("a", "src/b", "c");
    const { sources } = await inspect("FROM scratch\nCOPY a /\nCOPY src /src/\n", "src/hidden\n");
    expect(sources.reason("a")).toBe("Dockerfile:2");
    expect(sources.reason("src/b")).toBe("Dockerfile:3");
    expect(sources.reason("c")).toBeUndefined();
    expect(sources.reason("src/hidden")).toBeUndefined();
  });
});

describe("a Dockerfile that is not understood", () => {
  test("costs precision and says so at its line", async () => {
    await put("a/b");
    const { sources, notices, plan } = await inspect("FROM scratch\nFETCH a\n");
    expect(plan).toBeUndefined();
    expect(Object.keys(await filesOf({ ...sources, extra: [] }))).toContain("a/b");
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatchObject({
      severity: "warning",
      message:
        "every file of the build context counts as an input, because the Dockerfile is not understood: FETCH is no instruction that is known here",
      at: { line: 2, text: "FETCH a" },
    });
  });
  test("one that is not there is quiet: the build will say it", async () => {
    const { notices, plan } = await inspectDocker({ context: root, dockerfile: join(root, "none"), buildArgs: {} });
    expect([notices, plan]).toEqual([[], undefined]);
  });
  test("one that cannot be read is an expected failure", async () => {
    const spec = { context: root, dockerfile: root, buildArgs: {} };
    expect(inspectDocker(spec)).rejects.toMatchObject({
      name: "Failure",
      message: expect.stringContaining("cannot read"),
    });
  });
});
