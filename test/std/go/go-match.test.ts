/** Globs of one component and of files, beside Go's own. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { goGlob } from "../../../src/std/go/go-glob.ts";
import { componentMatcher, goMatcher } from "../../../src/std/go/go-match.ts";
import { type GoOracle, goOracle } from "../../rig/go-oracle.ts";

let go: GoOracle;
let root: string;
const files = [
  "a.txt",
  "b.txt",
  "ab.md",
  ".hidden",
  "src/main.go",
  "src/.env",
  "src/lib/x.go",
  "src/lib/y.go",
  "[x]/a",
  "a*b/c",
  "docs/ä.md",
  "docs/a b",
];

beforeAll(async () => {
  go = await goOracle();
  root = await mkdtemp(join(tmpdir(), "devloop-glob-"));
  for (const file of files) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), "");
  }
});
afterAll(async () => {
  await go[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

const allNames = ["", "a", "ab", "abc", "b", "-", "]", "[", "a-b", "^", "*", "ä", "🦊", ".a", "a.b", "\\", "a\\b", "A"];

/** A malformed pattern is an error there and matches nothing here. */
async function sameMatches(pattern: string): Promise<void> {
  // Behind a star Go may begin in the middle of a character.
  const names = /\*.*[?[]/.test(pattern) ? allNames.filter((name) => /^[ -~]*$/.test(name)) : allNames;
  const { flags = names.map(() => false) } = await go.ask({ op: "match", pattern, texts: names });
  const matches = goMatcher(pattern);
  const shown = (all: readonly boolean[]) => names.filter((_, i) => all[i]);
  const mine = names.map(matches);
  expect({ pattern, names: shown(mine) }).toEqual({ pattern, names: shown(flags) });
}

describe("one component", () => {
  for (const pattern of [
    "a",
    "*",
    "?",
    "a*",
    "*b",
    "a*c",
    "[a]",
    "[ab]*",
    "[^a]",
    "[a-c]",
    "[^a-c]",
    "[c-a]",
    "\\*",
    "\\a",
    "[\\]]",
    "[]a]",
    "[a-]",
    "[-a]",
    "[",
    "[a",
    "a[",
    "\\",
    "[]",
    "[^]",
    "?",
    "??",
    ".*",
    "[ä]",
    "🦊",
    "[!a]",
    "{a,b}",
    "**",
    "a**",
  ])
    test(pattern, () => sameMatches(pattern));
  test("any pattern", async () => {
    const piece = fc.constantFrom("a", "b", "*", "?", "[", "]", "^", "-", "\\", "ä", ".", "[ab]", "[^a]", "[a-z]");
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { minLength: 1, maxLength: 6 }).map((all) => all.join("")),
        sameMatches,
      ),
      { numRuns: 2000 },
    );
  });
});

test("a name with an escape in it is also compared as it stands, as COPY does", () => {
  expect(["a\\*b", "a*b", "ab"].map(componentMatcher("a\\*b"))).toEqual([true, true, false]);
});

describe("files", () => {
  const patterns = [
    "*",
    "*.txt",
    "*/*",
    "src/*",
    "src/*/*.go",
    "**",
    "**/*.go",
    "src/**/*.go",
    "docs/*",
    "docs/[a-z]*",
    "\\[x\\]/*",
    "[[]x]/a",
    "a\\*b/c",
    "none",
    "none/*",
    "*/none",
    "src/main.go",
    "src/",
    "[",
    "a.txt/*",
    "?.txt",
    ".*",
    "*/.*",
  ];
  for (const pattern of patterns)
    test(pattern, async () => {
      const { texts = [] } = await go.ask({ op: "glob", root, pattern });
      expect(goGlob(join(root, pattern)).map((path) => path.slice(root.length + 1))).toEqual([...texts]);
    });
});
