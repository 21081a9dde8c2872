import { expect, test } from "bun:test";
import { readDotenv } from "../../src/config/dotenv.ts";

test.each([
  ["A=1", { A: "1" }],
  ["export A=1\n", { A: "1" }],
  ["A: yaml style", { A: "yaml style" }],
  ["  A =  spaced  ", { A: "spaced" }],
  ["A=1 # note", { A: "1" }],
  ["A=a#b", { A: "a#b" }],
  ["# only a note\n\nA=1\n", { A: "1" }],
  ["A=", { A: "" }],
  ["A=\nB=2", { A: "", B: "2" }],
  ["A='$B # x'", { A: "$B # x" }],
  ['A="two\\nlines"', { A: "two\nlines" }],
  ['A="real\nlines"\nB=2', { A: "real\nlines", B: "2" }],
  ['A="say \\"x\\""', { A: 'say "x"' }],
  ["A=1\nB=\u0024{A}2$A", { A: "1", B: "121" }],
  ['B="$HOME/x"', { B: "/home/me/x" }],
  ['A="\\$B"', { A: "$B" }],
  ["A=x=y", { A: "x=y" }],
  ["A.b=1", { "A.b": "1" }],
  ["A=1\r\nB=2\r\n", { A: "1", B: "2" }],
])("%j", (text, variables) => {
  expect(readDotenv(text, "x.env", { HOME: "/home/me" })).toMatchObject({ variables, diagnostics: [] });
});

test("a line of another form is refused, the others hold", () => {
  const { variables, diagnostics } = readDotenv("A=1\nnonsense\nB=2\nC='open\n", "x.env", {});
  expect(variables).toEqual({ A: "1", B: "2" });
  expect(diagnostics.map(({ at, message }) => `${at?.line}:${at?.column} ${message}`)).toEqual([
    "2:1 expected NAME=value",
    "4:1 expected NAME=value",
  ]);
});

test("names that are looked up elsewhere are told; the file's own are not", () => {
  expect(readDotenv("A=$B\nC=$A\nE='$F'\n", "x.env", {}).read).toEqual(["B"]);
});
