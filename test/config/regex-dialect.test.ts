/** The regular expressions of the configuration: found anywhere in a text, as Go finds them. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { RE2JS } from "re2js";
import { type GoOracle, goOracle } from "../rig/go-oracle.ts";

let go: GoOracle;
beforeAll(async () => {
  go = await goOracle();
});
afterAll(() => go[Symbol.asyncDispose]());

const texts = [
  "",
  "dev",
  "dev-cluster",
  "my-dev",
  "DEV",
  "prod",
  "a\nb",
  "kind-kind",
  "gke_project_europe-west1_x",
  "ä",
  "🦊",
  "a.b",
  "aab",
  "1.20",
  " ",
];

async function same(pattern: string): Promise<void> {
  const { flags, error } = await go.ask({ op: "regexp", pattern, texts });
  const found = (): readonly string[] | "refused" => {
    try {
      const expression = RE2JS.compile(pattern);
      return texts.filter((text) => expression.matcher(text).find());
    } catch {
      return "refused";
    }
  };
  expect({ pattern, found: found() }).toEqual({
    pattern,
    found: error === undefined ? texts.filter((_, i) => flags?.[i]) : "refused",
  });
}

describe("an expression", () => {
  const table = [
    "dev",
    "^dev$",
    "dev|prod",
    "(?i)dev",
    "^gke_.*",
    "a.b",
    "(?s)a.b",
    "(?m)^b$",
    "\\d+\\.\\d+",
    "[[:alpha:]]+",
    "\\pL",
    "\\p{Greek}",
    "\\bdev\\b",
    "a{2}",
    "a{2,}",
    "a{1001}",
    "(?P<n>a)",
    "(?<n>a)",
    "(?:a)",
    "(?=a)",
    "(?!a)",
    "(a)\\1",
    "[",
    "(",
    "*",
    "a**",
    "\\",
    "",
    "^$",
    "\\Aa",
    "b\\z",
    "b\\Z",
    "\\Q.\\E",
    "[^a]",
    "[a-",
    "\\x41",
    "\\x{1F98A}",
    "\\C",
    ".",
    "x*",
    "(?U)a+",
  ];
  for (const pattern of table) test(JSON.stringify(pattern), () => same(pattern));
});

test("any expression", async () => {
  const piece = fc.constantFrom(
    "a",
    "b",
    "d",
    "e",
    "v",
    ".",
    "*",
    "+",
    "?",
    "|",
    "(",
    ")",
    "(?:",
    "(?i)",
    "[ab]",
    "[^a]",
    "[",
    "]",
    "^",
    "$",
    "\\b",
    "\\d",
    "\\w",
    "\\s",
    "{2}",
    "{1,3}",
    "*?",
    "-",
    "ä",
    "\\pL",
    "\\.",
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 7 }).map((all) => all.join("")),
      same,
    ),
    { numRuns: 2000 },
  );
});
