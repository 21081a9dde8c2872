import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { SourceSpec } from "../../../src/build/builder.ts";
import type { ProjectFiles } from "../../../src/dev/loop/project-files.ts";
import { readChanges } from "../../../src/dev/loop/read-changes.ts";

let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "devloop-look-")));
});
afterEach(() => rm(root, { recursive: true }));

async function put(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), path);
  }
}

async function look(paths: string[], held: string[] = [], more: Partial<SourceSpec> = {}) {
  const files: ProjectFiles = {
    artifacts: [
      {
        image: "web",
        required: false,
        sources: {
          root: join(root, "web"),
          part: (path) => (path.startsWith("node_modules") ? "out" : "in"),
          extra: [],
          rules: [],
          reason: () => undefined,
          ...more,
        },
      },
    ],
    isConfig: () => false,
    observed: () => [],
    others: () => ({ roots: [], files: [] }),
  };
  const options = {
    files,
    print: async (path: string) => `print of ${path.slice(root.length + 1)}`,
    heldBelow: () => held,
  };
  const all = await readChanges(
    paths.map((path) => join(root, path)),
    options,
    new AbortController().signal,
  );
  return all.map(({ path, kind, print }) => [path.slice(root.length + 1), kind, print]).sort();
}

test("files, links to nothing known, and what an artifact does not count", async () => {
  await put("web/a", "k8s/app.yaml", "web/node_modules/x");
  expect(await look(["web/a", "k8s/app.yaml", "web/node_modules/x", "web/.a.swp", "web/gone"])).toEqual([
    ["k8s/app.yaml", "file", undefined],
    ["web/.a.swp", "gone", undefined],
    ["web/a", "file", "print of web/a"],
    ["web/gone", "gone", undefined],
    ["web/node_modules/x", "file", undefined],
  ]);
});

test("a directory stands for all that is in it, but not where nothing counts", async () => {
  await put("web/new/deep/a", "web/new/b", "web/node_modules/y/z");
  expect((await look(["web/new", "web/node_modules"])).map(([path]) => path)).toEqual([
    "web/new",
    "web/new/b",
    "web/new/deep",
    "web/new/deep/a",
    "web/node_modules",
  ]);
});

test("a directory that was moved away and made anew stands also for what is no longer in it", async () => {
  await put("web/site/sub/a", "web/site/sub/new");
  expect(await look(["web/site/sub"], ["site/sub/a", "site/sub/b", "site/sub/deep/c", "site/other"])).toEqual([
    ["web/site/sub", "directory", "print of web/site/sub"],
    ["web/site/sub/a", "file", "print of web/site/sub/a"],
    ["web/site/sub/b", "gone", undefined],
    ["web/site/sub/deep/c", "gone", undefined],
    ["web/site/sub/new", "file", "print of web/site/sub/new"],
  ]);
});

test("what is reached through a link that took a directory's place is not in the context any more", async () => {
  await put("web/site/real/a");
  await symlink("real", join(root, "web/site/sub"));
  expect(await look(["web/site/sub", "web/site/sub/b/c"], ["site/sub/a"])).toEqual([
    ["web/site/sub", "symlink", "print of web/site/sub"],
    ["web/site/sub/a", "gone", undefined],
    ["web/site/sub/b/c", "gone", undefined],
  ]);
  expect(await look(["web/site/sub/a"])).toEqual([["web/site/sub/a", "gone", undefined]]);
});

test("a link above a context changes nothing of what is in it", async () => {
  await put("real/in/a");
  await symlink("real", join(root, "web"));
  expect(await look(["web/in/a"])).toEqual([["web/in/a", "file", "print of web/in/a"]]);
});

test("a directory beside the context: its files are read, and one that went away stands for those that were there", async () => {
  await put("shared/lib/new/a", "shared/lib/.a.swp");
  const trees = [{ name: "lib", root: join(root, "shared/lib") }];
  const extra = [{ name: "lib:old/b", path: join(root, "shared/lib/old/b") }];
  expect(await look(["shared/lib/new", "shared/lib/.a.swp", "shared/lib/old"], [], { trees, extra })).toEqual([
    ["shared/lib/.a.swp", "file", undefined],
    ["shared/lib/new", "directory", "print of shared/lib/new"],
    ["shared/lib/new/a", "file", "print of shared/lib/new/a"],
    ["shared/lib/old", "gone", undefined],
    ["shared/lib/old/b", "gone", undefined],
  ]);
});

test("a directory that went away stands for what the containers hold below it", async () => {
  await put("web/dir2/kept");
  const held = ["dir/a", "dir/sub/b", "dir2/kept"];
  expect(await look(["web/dir"], held)).toEqual([
    ["web/dir", "gone", undefined],
    ["web/dir/a", "gone", undefined],
    ["web/dir/sub/b", "gone", undefined],
  ]);
});

test("a file where a directory was stands for the directory's end, too", async () => {
  await put("web/dir");
  expect(await look(["web/dir"], ["dir/a"])).toEqual([
    ["web/dir", "file", "print of web/dir"],
    ["web/dir/a", "gone", undefined],
  ]);
});
