/** The context as its build sees it. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { SourceSpec } from "../../../src/build/builder.ts";
import { contextTree } from "../../../src/dev/loop/artifact-files.ts";
import { configFolder } from "../../rig/config-files.ts";

const sourcesOf = (root: string): SourceSpec =>
  ({
    root,
    part: (path: string, kind: string) =>
      path.endsWith(".log") || (kind === "directory" && path === "out") ? "out" : "in",
  }) as unknown as SourceSpec;
test("the context has what the build sees, asked each time", () => {
  using made = configFolder({ "a.txt": "", "b.log": "", "sub/c.txt": "", "out/d.txt": "" });
  const tree = contextTree(sourcesOf(made.folder));
  expect(["a.txt", "b.log", "sub", "out", "sub/c.txt", "none"].map((path) => tree.exists(path))).toEqual([
    ...[true, false, true, false, true, false],
  ]);
  expect([...tree.children("")].sort()).toEqual(["a.txt", "b.log", "out", "sub"]);
  expect(tree.children("none")).toEqual([]);
  expect(tree.children(join("a.txt"))).toEqual([]);
});
