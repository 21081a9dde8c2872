/** Files that a process prints to, by any of their names. */
import { expect, test } from "bun:test";
import { link, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ownOutput } from "../../../src/dev/watch/own-output.ts";
import { tempFolder } from "../../rig/temp-folder.ts";

test("the file behind a descriptor is known by its names, and no other file is", async () => {
  await using folder = await tempFolder();
  const at = (name: string) => join(folder.path, name);
  await using log = await open(at("dev.log"), "w");
  await link(at("dev.log"), at("same.log"));
  await writeFile(at("other.log"), "");
  const isOwn = ownOutput([log.fd]);
  expect(["dev.log", "same.log", "other.log", "none", "."].map((name) => isOwn(at(name)))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test("a descriptor that is no file, or not open, names none", async () => {
  await using nothing = await open("/dev/null", "w");
  const isOwn = ownOutput([nothing.fd, 12_345]);
  expect(isOwn("/dev/null")).toBe(false);
  expect(isOwn(import.meta.path)).toBe(false);
});
