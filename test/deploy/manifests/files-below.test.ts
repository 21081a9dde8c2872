import { expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { filesBelow } from "../../../src/deploy/manifests/files-below.ts";
import { configFolder } from "../../rig/config-files.ts";

/** Paths below `in/`, sorted; `links` are made below `in/`, from name to target. */
function below(files: readonly string[], links: Readonly<Record<string, string>>): readonly string[] {
  using made = configFolder(Object.fromEntries(["in/keep", ...files].map((file) => [file, ""])));
  const folder = join(made.folder, "in");
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(folder, name));
  return filesBelow(folder)
    .map((path) => relative(folder, path))
    .filter((path) => path !== "keep")
    .sort();
}

test.each<[string, readonly string[], Readonly<Record<string, string>>, readonly string[]]>([
  ["files at any depth", ["in/a", "in/b/c/d"], {}, ["a", "b/c/d"]],
  ["a link to a file outside", ["out/a"], { a: "../out/a" }, ["a"]],
  ["a link to a link", ["out/a"], { a: "b", b: "../out/a" }, ["a", "b"]],
  ["a link to a folder outside", ["out/x/a"], { o: "../out" }, ["o/x/a"]],
  ["a link that leads nowhere", [], { a: "../none" }, ["a"]],
  ["a link to the folder itself", ["in/a"], { again: "." }, ["a"]],
  ["a link to a folder above", ["in/b/a"], { up: ".." }, ["b/a"]],
  ["a link to a folder that lies here", ["in/z/a"], { b: "z" }, ["z/a"]],
  ["two links to one folder", ["out/a"], { b: "../out", c: "../out" }, ["b/a"]],
])("%s", (_what, files, links, expected) => {
  expect(below(files, links)).toEqual(expected);
});
