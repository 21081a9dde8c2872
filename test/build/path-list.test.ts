/** Lists of globs as several builders have them: what they take in, what `ignore` takes away, what matches nothing. */
import { expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathList } from "../../src/build/path-list.ts";
import { systemClock } from "../../src/std/clock.ts";
import { openStore } from "../../src/store/store.ts";
import { tempFolder } from "../rig/temp-folder.ts";

const files = [
  "main.c",
  "notes.md",
  "lib/a.c",
  "lib/deep/b.c",
  "lib/deep/b.md",
  "vendor/x/v.c",
  ".git/HEAD",
  "sub/.git/HEAD",
  "sub/s.c",
];

/** What a real walk of the store finds by the lists. */
async function taken(paths: readonly string[], ignore: readonly string[] = []): Promise<string[]> {
  await using folder = await tempFolder();
  const root = join(folder.path, "context");
  for (const file of files) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), file);
  }
  await mkdir(join(root, "lib/empty"));
  await using store = await openStore({
    cacheDir: join(folder.path, "cache"),
    stateDir: join(folder.path, "state"),
    clock: systemClock,
  });
  const list = pathList(paths, ignore, "paths");
  const { tree } = await store.snapshot({ root, extra: [], rules: [], ...list }, new AbortController().signal);
  return [...tree.entries()].flatMap(([path, is]) => (is.startsWith("directory") ? [] : [path])).sort();
}

const sources = files.filter((file) => !file.includes(".git")).sort();

test.each<[title: string, paths: string[], ignore: string[], expected: string[]]>([
  ["the context itself is everything but Git's own", ["."], [], sources],
  ["so is its other spelling", ["./"], [], sources],
  ["a folder stands for what is below it", ["lib"], [], ["lib/a.c", "lib/deep/b.c", "lib/deep/b.md"]],
  ["with a slash behind it and a dot before it, too", ["./lib/"], [], ["lib/a.c", "lib/deep/b.c", "lib/deep/b.md"]],
  ["a glob of any depth", ["**/*.c"], [], sources.filter((file) => file.endsWith(".c"))],
  ["what is ignored by a glob", ["."], ["**/*.md"], sources.filter((file) => !file.endsWith(".md"))],
  ["an ignored folder of a listed one", ["."], ["vendor", "lib/deep"], ["lib/a.c", "main.c", "notes.md", "sub/s.c"]],
  ["a folder emptied by a glob", ["**/*.c"], ["vendor/**", "lib/**"], ["main.c", "sub/s.c"]],
  ["what a glob matches itself stays when its folder is ignored", ["vendor/x/*.c"], ["vendor"], ["vendor/x/v.c"]],
  ["Git's own where a glob names it", [".git/HEAD", "main.c"], [], [".git/HEAD", "main.c"]],
  ["nothing", ["lib"], ["lib"], []],
])("%s", async (_title, paths, ignore, expected) => {
  expect(await taken(paths, ignore)).toEqual(expected);
});

test("a glob that matches nothing is named; a file, a folder and a deep match are not", async () => {
  await using folder = await tempFolder();
  await mkdir(join(folder.path, "a/b"), { recursive: true });
  await writeFile(join(folder.path, "a/b/c.txt"), "");
  const unmatched = (...paths: string[]) => pathList(paths, [], "paths").unmatched(folder.path);
  expect(unmatched(".", "a", "a/b/c.txt", "**/*.txt", "a/*")).toBeUndefined();
  expect(unmatched("a", "a/*.txt")).toBe("a/*.txt");
  expect(unmatched("a/c.txt")).toBe("a/c.txt");
});

test("a path is told with the glob that takes it in", () => {
  const list = pathList(["lib", "**/*.c"], ["**/*.md"], "custom.dependencies.paths");
  expect(list.reason("lib/a.c")).toBe('custom.dependencies.paths "**/*.c"');
  expect(list.reason("lib/data")).toBe('custom.dependencies.paths "lib"');
  expect(list.reason("lib/a.md")).toBeUndefined();
  expect(list.selection).not.toBe(pathList(["lib", "**/*.c"], [], "custom.dependencies.paths").selection);
});
