/** The paths of a source of manifests, with and without the files there. */
import { expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { manifestFiles } from "../../../src/deploy/manifests/manifest-files.ts";
import { readsOf, watchedFor } from "../../../src/deploy/manifests/manifest-paths.ts";
import { tempFolder } from "../../rig/temp-folder.ts";

const at = { file: "skaffold.yaml", line: 1, column: 1, length: 1, text: "" };
const source = (pattern: string, kind: "path" | "address" = "path") => ({ pattern, kind, isDefault: false, at });

test.each([
  ["/w/app.yaml", ["/w/app.yaml"], ["/w/other.yaml", "/w/sub/app.yaml"]],
  ["/w/app.txt", ["/w/app.txt"], ["/w/app.yaml"]],
  ["/w/*.yaml", ["/w/a.yaml"], ["/w/a.json", "/w/sub/a.yaml"]],
  // A folder, or a pattern that may match one, stands for the manifests below it.
  ["/w/k8s", ["/w/k8s/a.yaml", "/w/k8s/sub/a.json"], ["/w/k8s/notes.txt", "/w/k8sa.yaml"]],
  ["/w/k8s/*", ["/w/k8s/a.yaml", "/w/k8s/sub/deep/a.yml"], ["/w/k8s/sub/notes.txt", "/w/other/a.yaml"]],
] as const)("%s reads", (pattern, read, not) => {
  const reads = readsOf(source(pattern));
  expect(read.filter((path) => !reads(path))).toEqual([]);
  expect(not.filter(reads)).toEqual([]);
});

test("an address reads nothing here", () => {
  expect(readsOf(source("https://host/a.yaml", "address"))("https://host/a.yaml")).toBe(false);
  expect(watchedFor(source("https://host/a.yaml", "address"))).toEqual({ roots: [], files: [] });
});

test("a folder and a glob are watched with everything below, a single file alone", async () => {
  await using folder = await tempFolder();
  const path = (name: string) => join(folder.path, name);
  await mkdir(path("k8s"));
  expect(watchedFor(source(path("k8s")))).toEqual({ roots: [path("k8s")], files: [] });
  expect(watchedFor(source(path("none/*/x/*.yaml")))).toEqual({ roots: [path("none")], files: [] });
  expect(watchedFor(source(path("app.yaml")))).toEqual({ roots: [], files: [path("app.yaml")] });
});

test("every file that a source means is one that it reads", async () => {
  await using folder = await tempFolder();
  await mkdir(join(folder.path, "k8s/sub"), { recursive: true });
  for (const name of ["k8s/a.yaml", "k8s/sub/b.json", "k8s/sub/notes.txt"])
    await Bun.write(join(folder.path, name), "{}");
  for (const pattern of ["k8s", "k8s/*", "k8s/sub/*.json"]) {
    const one = source(join(folder.path, pattern));
    const files = await manifestFiles([one], (diagnostic) => expect(diagnostic).toBeUndefined());
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !readsOf(one)(file))).toEqual([]);
  }
});
