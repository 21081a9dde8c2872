import { expect, test } from "bun:test";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { checkLayers, layers } from "../../scripts/check-layers.ts";

const root = join(import.meta.dir, "../..");
const text = await Bun.file(join(root, "ARCHITECTURE.md")).text();

test("every folder that ARCHITECTURE.md names exists, and every folder of src is named", () => {
  const named = [...text.matchAll(/`((?:src|scripts|test|bench|examples|docs)\/[\w/-]*)`/g)].map((m) => m[1] as string);
  expect(
    named.filter(
      (path) =>
        !statSync(join(root, path), { throwIfNoEntry: false }) &&
        !statSync(join(root, `${path}.ts`), { throwIfNoEntry: false }),
    ),
  ).toEqual([]);
  const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map((folder) => folder.name).filter((name) => !text.includes(`\`src/${name}/\``))).toEqual([]);
});

test("the table's heights are the checked ones", () => {
  const rows = [...text.matchAll(/^\| (\d+) \| (.+?) \|/gm)].flatMap(([, height, names]) =>
    [...(names as string).matchAll(/src\/(\w+)\//g)].map((m) => [m[1], Number(height)]),
  );
  expect(Object.fromEntries(rows)).toEqual(layers);
});

test("no folder imports from above, and no files import each other in a circle", async () => {
  expect(await checkLayers(join(root, "src"))).toEqual([]);
});
