/** What the check of the layers complains about, in trees of a few files. */
import { expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkLayers } from "../../scripts/check-layers.ts";
import { tempFolder } from "../rig/temp-folder.ts";

async function complaints(files: Readonly<Record<string, string>>): Promise<string[]> {
  await using folder = await tempFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await Bun.write(join(folder.path, path), text);
  }
  return await checkLayers(folder.path);
}
const wiring = (text: string) => complaints({ "cli/compose/wiring.ts": text });

test("imports of the own height and of lower ones are right, from above they are not", async () => {
  const std = {
    "std/a.ts": "export const a = 1;\n",
    "diag/b.ts": 'import { a } from "../std/a.ts";\nexport const b = a;\n',
  };
  expect(await complaints(std)).toEqual([]);
  const up = {
    ...std,
    "dev/c.ts": "export const c = 1;\n",
    "store/d.ts": 'import { c } from "../dev/c.ts";\nexport { c };\n',
  };
  expect(await complaints(up)).toEqual(["store/d.ts: imports dev/c.ts from above (2 -> 10)"]);
});

test("a folder that takes plain arguments does not import the configuration", async () => {
  const files = {
    "config/a.ts": "export type A = 1;\n",
    "tool/b.ts": 'import type { A } from "../config/a.ts";\nexport type B = A;\n',
  };
  expect(await complaints(files)).toEqual(["tool/b.ts: tool never imports config"]);
});

test("files that import each other at run time are a circle, by types alone they are none", async () => {
  const files = (word: string) => ({
    "std/a.ts": `import ${word}{ b } from "./b.ts";\nexport const a = () => ${word === "" ? "b()" : "1"};\n`,
    "std/b.ts": 'import { a } from "./a.ts";\nexport const b = () => a();\n',
  });
  expect(await complaints(files(""))).toEqual([expect.stringContaining("cycle: ")]);
  expect(await complaints(files("type "))).toEqual([]);
});

const wires = [
  ["a function that wires", "export const run = (f: (n: number) => number) => [1, 2].map((n) => f(n));\n"],
  ["a constant", 'const usual = ["user"] as const;\nexport const first = () => usual[0];\n'],
  ["a class that is wired", 'import { Places } from "../../dev/places.ts";\nexport const open = () => new Places();\n'],
  [
    "the words in a comment and in a text",
    '/** A class, a new Map(). */\nexport const text = () => "a class of its own";\n',
  ],
  ["a variable of one call", "export function run(n: number) {\n  let sum = n;\n  sum += 1;\n  return sum;\n}\n"],
  [
    "types",
    "export interface All {\n  readonly names: readonly string[];\n  readonly by: ReadonlyMap<string, Set<string>>;\n}\n",
  ],
] as const;
for (const [what, text] of wires)
  test(`the composer may have ${what}`, async () => {
    expect(await complaints({ "cli/compose/wiring.ts": text, "dev/places.ts": "export class Places {}\n" })).toEqual(
      [],
    );
  });

const holds = [
  ["a class", "export class Kept {\n  readonly name = 1;\n}\n"],
  ["a class", "export const make = () => class {\n  n = 1;\n};\n"],
  ["a collection", "const known = new Map<string, string>();\nexport const get = (name: string) => known.get(name);\n"],
  [
    "a collection",
    "export function keeper() {\n  const told = new Set<string>();\n  return (text: string) => told.add(text);\n}\n",
  ],
  [
    "a collection",
    "export function keeper() {\n  const all: string[] = [];\n  return (text: string) => all.push(text);\n}\n",
  ],
  ["a collection", "export function keeper() {\n  const all: Record<string, string> = {};\n  return all;\n}\n"],
  [
    "work that is remembered",
    'import { shared } from "../../std/shared.ts";\nexport const once = shared(async () => 1);\n',
  ],
  ["a variable of the module", "let count = 0;\nexport const next = () => ++count;\n"],
] as const;
for (const [what, text] of holds)
  test(`the composer may not have ${what}: ${text.split("\n").find((line) => /class|=/.test(line))}`, async () => {
    const files = { "cli/compose/wiring.ts": text, "std/shared.ts": "export const shared = (f: unknown) => f;\n" };
    expect(await complaints(files)).toEqual([`cli/compose/wiring.ts: makes ${what}; cli/compose/ only wires`]);
  });

test("the same elsewhere is nobody's concern", async () => {
  expect(
    await complaints({ "dev/kept.ts": "export class Kept {\n  readonly names = new Set<string>();\n}\n" }),
  ).toEqual([]);
});

test("the composer has at most 900 lines in all", async () => {
  const lines = (count: number) => Array.from({ length: count }, (_, i) => `export const n${i} = ${i};\n`).join("");
  expect(await wiring(lines(900))).toEqual([]);
  const two = { "cli/compose/a.ts": lines(450), "cli/compose/b.ts": lines(451) };
  expect(await complaints(two)).toEqual([expect.stringContaining("901 lines, and 900 are the most")]);
});
