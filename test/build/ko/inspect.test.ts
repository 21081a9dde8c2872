/** What counts for a program that ko builds, told by the real `go list`: files of the program alone, and when go is asked. */
import { describe, expect, test } from "bun:test";
import { chmod, mkdir, symlink, utimes, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { watchedOf } from "../../../src/build/watched.ts";
import { contextTree } from "../../../src/dev/loop/artifact-files.ts";
import { type ArtifactFolder, artifactFolder } from "../artifact-folder.ts";

const seal = (value: string) => `sealed(${value})`;

const program: Readonly<Record<string, string>> = {
  "go.mod":
    "module example.test/app\n\ngo 1.21\n\nrequire example.test/near v0.0.0\n\nreplace example.test/near => ../near\n",
  "cmd/web/main.go":
    'package main\n\nimport (\n\t_ "embed"\n\n\t"example.test/app/used"\n\t"example.test/near"\n)\n\n//go:embed page.html\nvar page string\n\nfunc main() { used.Say(page, near.Name) }\n',
  "cmd/web/page.html": "<p>page</p>",
  "cmd/web/main_test.go": "package main\n",
  "cmd/web/kodata/static/a.txt": "a",
  "cmd/other/main.go": "package main\n\nfunc main() {}\n",
  "used/used.go": "package used\n\nfunc Say(...string) {}\n",
  "used/windows_windows.go": "package used\n",
  "unused/unused.go": "package unused\n",
  "README.md": "read me",
};

async function goFolder(section: string): Promise<ArtifactFolder> {
  const it = await artifactFolder(section);
  for (const [path, text] of Object.entries(program)) await it.write(`web/${path}`, text);
  await it.write("near/go.mod", "module example.test/near\n");
  await it.write("near/near.go", 'package near\n\nconst Name = "near"\n');
  return it;
}

const own = ["cmd/web/kodata/static/a.txt", "cmd/web/main.go", "cmd/web/page.html", "go.mod", "used/used.go"];
const isOurs = (path: string) => !path.startsWith("..") || path.startsWith("../near/");

/** Without what stands above the folder and does not exist, for the most part: workspaces. */
const ours = async (it: ArtifactFolder) => {
  const { tree } = await it.store.snapshot((await it.inspect()).sources, new AbortController().signal);
  const there = [...tree.entries()].filter(([, is]) => !is.startsWith("directory") && is !== "absent");
  return there
    .map(([path]) => path)
    .filter(isOurs)
    .sort();
};

/** Counts how often go is started, by a program before it on PATH. */
async function countingGo<T>(it: ArtifactFolder, work: () => Promise<T>): Promise<{ result: T; calls: number }> {
  const bin = join(it.root, "bin");
  const log = join(it.root, "calls");
  const go = Bun.which("go") ?? "";
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, "go"), `#!/bin/sh\necho call >>'${log}'\nexec '${go}' "$@"\n`);
  await chmod(join(bin, "go"), 0o755);
  await utimes(join(bin, "go"), 1, 1);
  await writeFile(log, "");
  const before = process.env.PATH;
  process.env.PATH = `${bin}${delimiter}${before}`;
  try {
    const result = await work();
    return { result, calls: (await Bun.file(log).text()).split("\n").length - 1 };
  } finally {
    process.env.PATH = before;
  }
}

describe("files", () => {
  test("those of the program's packages, what they embed, its modules' and kodata, and nothing else", async () => {
    await using it = await goFolder("ko: {main: ./cmd/web}");
    expect(await ours(it)).toEqual(["../near/go.mod", "../near/near.go", ...own]);
    // A file that comes into a package there is heard of.
    expect(watchedOf((await it.inspect()).sources).roots).toEqual([join(it.root, "web"), join(it.root, "near")]);
  });

  test("for each way to name the program", async () => {
    for (const section of [
      "ko: {main: ./cmd/web/main.go}",
      "ko: {main: example.test/app/cmd/web}",
      "ko: {dir: cmd/web}",
    ]) {
      await using it = await goFolder(section);
      expect(await ours(it)).toEqual(["../near/go.mod", "../near/near.go", ...own]);
    }
  });

  test("a workspace's modules count like the main one", async () => {
    await using it = await goFolder("ko: {main: ./cmd/web}");
    await it.write("go.work", "go 1.21\n\nuse (\n\t./web\n\t./near\n)\n");
    await it.write("web/go.mod", "module example.test/app\n\ngo 1.21\n");
    await it.write("near/go.mod", "module example.test/near\n\ngo 1.21\n");
    const files = (await it.inspect()).sources.extra.map(({ name }) => name);
    expect(files).toEqual(expect.arrayContaining(["../go.work", "../near/near.go", "../near/go.mod"]));
  });

  test("tags of the section choose among files", async () => {
    await using it = await goFolder("ko: {main: ./cmd/web, flags: -tags extra}");
    await it.write("web/used/extra.go", "//go:build extra\n\npackage used\n");
    expect(await ours(it)).toContain("used/extra.go");
  });

  test("what a link of kodata leads to", async () => {
    await using it = await goFolder("ko: {main: ./cmd/web}");
    await it.write("near/notes.txt", "notes");
    await symlink("../../../../near/notes.txt", join(it.root, "web/cmd/web/kodata/notes.txt"));
    expect(await ours(it)).toContain("../near/notes.txt");
  });

  test("explicit dependencies replace the list", async () => {
    await using it = await goFolder('ko: {main: ./cmd/web, dependencies: {paths: ["**/*.go"], ignore: ["cmd/other"]}}');
    const { result, calls } = await countingGo(it, () => it.inputs());
    expect(result).toEqual([
      "cmd/other/main.go",
      "cmd/web/main.go",
      "cmd/web/main_test.go",
      "unused/unused.go",
      "used/used.go",
      "used/windows_windows.go",
    ]);
    expect(calls).toBe(0);
  });

  test("a module that go cannot read is told in go's own words", async () => {
    await using it = await goFolder("ko: {main: ./cmd/web}");
    await it.write("web/go.mod", "modul example.test/app\n");
    expect(it.inspect()).rejects.toMatchObject({
      diagnostics: [
        {
          message: "cannot tell the Go files of web",
          details: expect.arrayContaining([expect.stringContaining("modul")]),
        },
      ],
    });
  });
});

describe("go is asked", () => {
  const asked = async (change: (it: ArtifactFolder) => Promise<unknown>) => {
    await using it = await goFolder("ko: {main: ./cmd/web}");
    const { calls } = await countingGo(it, async () => {
      await it.inspect();
      await change(it);
      await it.inspect();
    });
    return calls - 1;
  };
  const main = program["cmd/web/main.go"] ?? "";

  test.each<[string, (it: ArtifactFolder) => Promise<unknown>]>([
    ["for nothing", async () => undefined],
    [
      "for another function body",
      (it) => it.write("web/cmd/web/main.go", main.replace("page, near", "near.Name, near")),
    ],
    ["for a test that comes", (it) => it.write("web/used/used_test.go", "package used\n")],
    ["for a file of no package of the program", (it) => it.write("web/unused/more.go", "package unused\n")],
    ["for another content of an embedded file", (it) => it.write("web/cmd/web/page.html", "other")],
  ])("not %s", async (_title, change) => {
    expect(await asked(change)).toBe(0);
  });

  test.each<[string, (it: ArtifactFolder) => Promise<unknown>]>([
    [
      "an import",
      (it) =>
        it.write("web/used/used.go", 'package used\n\nimport _ "example.test/app/unused"\n\nfunc Say(...string) {}\n'),
    ],
    [
      "an import behind what looks like a comment",
      (it) =>
        it.write(
          "web/used/used.go",
          '// all of /*\npackage used\n\nimport _ "example.test/app/unused"\n\nfunc Say(...string) { /**/ }\n',
        ),
    ],
    ["a file of a package", (it) => it.write("web/used/more.go", "package used\n")],
    ["an embed directive", (it) => it.write("web/cmd/web/main.go", main.replace("page.html", "*.html"))],
    ["a module file", (it) => it.write("near/go.mod", "module example.test/near\n\ngo 1.21\n")],
    ["a workspace", (it) => it.write("go.work", "go 1.21\n\nuse ./web\n")],
  ])("again for %s", async (_title, change) => {
    expect(await asked(change)).toBe(1);
  });
});

describe("the key", () => {
  test("has the values of the section, sealed, the platform and Go's version", async () => {
    await using it = await goFolder(
      'ko: {main: ./cmd/web, env: ["A={{.IMAGE_TAG}}"], flags: "-tags x", ldflags: [-s, "-X main.V={{.IMAGE_NAME}}"], labels: {l: "{{.IMAGE_NAME}}"}}',
    );
    const { keyParts } = await it.inspect();
    expect(keyParts("v1", seal)).toMatchObject({
      builder: "ko",
      platform: expect.stringMatching(/^linux\//),
      go: expect.stringMatching(/^go1\./),
      env: ["sealed(A=v1)"],
      flags: ["sealed(-tags)", "sealed(x)"],
      ldflags: ["sealed(-s)", "sealed(-X main.V=web)"],
      labels: { l: "sealed(web)" },
    });
  });
});

test("files of kodata have a place, gone ones too; compiled ones have none", async () => {
  await using it = await goFolder("ko: {main: ./cmd/web}");
  const { infer, sources } = await it.inspect();
  const place = infer?.(["**/kodata/**", "**/*.go"], contextTree(sources));
  const placed = { kind: "placed", destinations: ["/var/run/ko/static/a.txt"] };
  expect(place?.("cmd/web/kodata/static/a.txt", "file")).toMatchObject(placed);
  expect(place?.("cmd/web/kodata/static/a.txt", "gone")).toMatchObject(placed);
  expect(place?.("cmd/web/main.go", "file")).toMatchObject({ kind: "unplaced" });
});
