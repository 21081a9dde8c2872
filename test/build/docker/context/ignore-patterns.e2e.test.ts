/** The table of `.dockerignore` texts, asked of BuildKit: what it sees of the context is what the table says. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { oraclePaths } from "../buildkit-oracle.ts";
import { ignoreCases, ignoreTree } from "../ignore-cases.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "devloop-ignore-"));
  for (const path of ignoreTree) await Bun.write(join(root, path), `${path}\n`);
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("what BuildKit sees", () => {
  for (const { title, text, left } of ignoreCases)
    test(title, async () => {
      await Bun.write(join(root, ".dockerignore"), text);
      const seen = await oraclePaths(root);
      expect(ignoreTree.filter((path) => seen?.includes(path))).toEqual([...left]);
    });
});
