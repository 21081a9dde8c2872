/** Globs of sync rules beside the matcher that the reference tool uses. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { syncGlob } from "../../src/build/sync-glob.ts";
import { type GoOracle, goOracle } from "../rig/go-oracle.ts";

let go: GoOracle;
beforeAll(async () => {
  go = await goOracle();
});
afterAll(() => go[Symbol.asyncDispose]());

const paths = [
  "a",
  "b",
  "ab",
  "a/b",
  "a/b/c",
  "a/b.txt",
  "b.txt",
  ".a",
  "a/.b",
  "a/.b/c",
  "src/x.html",
  "src/d/x.html",
  "src",
  "x.html",
  "a-b",
  "[a]",
  "{a}",
  "(a)",
  "a|b",
  "!a",
  "a+b",
  "+(a)",
  "ä/🦊",
  "a b",
  "*",
  "src/**",
];

async function same(pattern: string): Promise<void> {
  const { flags, error } = await go.ask({ op: "doublestar", pattern, texts: paths });
  const matches = syncGlob(pattern);
  const mine = paths.filter((path) => matches(path));
  const real = error === undefined ? paths.filter((_, i) => flags?.[i]) : [];
  expect({ pattern, paths: mine }).toEqual({ pattern, paths: real });
}

describe("a pattern", () => {
  const table = [
    "a",
    "*",
    "**",
    "**/*",
    "*.txt",
    "**/*.txt",
    "a/*",
    "a/**",
    "a/**/c",
    "**/b",
    "src/**/*.html",
    "src/**",
    "**/*.html",
    "{a,b}",
    "{a,b}/*",
    "*.{txt,html}",
    "{a,{b,ab}}",
    "[ab]",
    "[^a]",
    "[!a]",
    "a?",
    "?",
    "\\*",
    "\\[a\\]",
    "(a)",
    "a|b",
    "!a",
    "+(a)",
    "a+b",
    "@(a)",
    "**/.b/**",
    ".*",
    "a/.*",
    "**b",
    "a**",
    "a**/b",
    "***",
    "src/**/",
    "",
    "/a",
    "a//b",
    "ä/*",
    "{a}",
    "{}",
    "{a",
    "[",
    "[a",
    "\\",
    "a b",
  ];
  for (const pattern of table) test(JSON.stringify(pattern), () => same(pattern));
});

/** What only we take (`./` in front), and what only they do not match with nothing: three stars in a row. */
const deviates = (pattern: string) => pattern.startsWith("./") || /\*[^a-z/]*\*[^a-z/]*\*/.test(pattern);

test("any pattern", async () => {
  const pieces = ["a", "b", "*", "?", "**", "/", "/", ".", "{a,b}", "{a,b*}", "[ab]", "[^a]", "src", "x.html"];
  const piece = fc.constantFrom(...pieces, "(", ")", "|", "!", "+", "\\*");
  const pattern = fc.array(piece, { minLength: 1, maxLength: 6 }).map((all) => all.join(""));
  await fc.assert(
    fc.asyncProperty(
      pattern.filter((one) => !deviates(one)),
      same,
    ),
    { numRuns: 2000 },
  );
});
