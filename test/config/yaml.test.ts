import { expect, test } from "bun:test";
import { toTree } from "../../src/config/yaml/convert.ts";
import { readYaml } from "../../src/config/yaml/read.ts";
import { Source } from "../../src/config/yaml/source.ts";
import { toJson } from "../../src/config/yaml/tree.ts";
import type { Diagnostic } from "../../src/diag/diagnostic.ts";

function read(text: string) {
  const complaints: string[] = [];
  const report = (d: Diagnostic) => complaints.push(`${d.at?.line}:${d.at?.column} ${d.message}`);
  const source = new Source("f.yaml", "f.yaml", text);
  const trees = readYaml(source, report).map(({ document }) => toTree(document, source, report));
  return { values: trees.map((tree) => tree && toJson(tree)), complaints };
}

test.each([
  ["aliases", "a: &x {b: 1}\nc: *x\n", [{ a: { b: 1 }, c: { b: 1 } }]],
  ["a merge; own keys win", "a: &x {b: 1, c: 2}\nd: {<<: *x, b: 3}\n", [{ a: { b: 1, c: 2 }, d: { b: 3, c: 2 } }]],
  [
    "of several merged maps the earlier one wins",
    "a: &x {k: 1}\nb: &y {k: 2, l: 3}\nd: {<<: [*x, *y]}\n",
    [{ a: { k: 1 }, b: { k: 2, l: 3 }, d: { k: 1, l: 3 } }],
  ],
  ["the last anchor of a name", "a: &x 1\nb: *x\nc: &x 2\nd: *x\n", [{ a: 1, b: 1, c: 2, d: 2 }]],
  ["empty documents are none", "---\na: 1\n---\n---\nb: 2\n...\n", [{ a: 1 }, { b: 2 }]],
  ["a byte order mark and CRLF", "\uFEFFa: 1\r\nb: x\r\n", [{ a: 1, b: "x" }]],
  ["JSON", '{"a": [1, null, true]}', [{ a: [1, null, true] }]],
  ["words of YAML 1.1 are texts", "a: yes\nb: off\n", [{ a: "yes", b: "off" }]],
  ["keys that look like numbers are texts", "1: a\n1.10: b\n", [{ "1": "a", "1.10": "b" }]],
])("%s", (_name, text, values) => {
  expect(read(text)).toEqual({ values, complaints: [] });
});

test.each([
  ["a: 1\na: 2\n", '2:1 the key "a" is there twice, first on line 1'],
  ["x:\n  - {a: 1, b: 2, a: 3}\n", '2:18 the key "a" is there twice, first on line 2'],
  ["a: *b\n", "1:4 there is no anchor &b before this alias"],
  ["a: &a [*a]\n", "1:8 the alias *a is inside the value that it stands for"],
  ["? [a]\n: 1\n", "1:3 a key has to be a plain text"],
  ["a: {<<: 1}\n", "1:5 << merges a map or a list of maps, this is neither"],
  ["a: [1\n", "2:1 not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]"],
  ["\ta: 1\n", "1:1 not valid YAML: tabs are not allowed as indentation"],
])("%j is refused", (text, complaint) => {
  expect(read(text).complaints).toContain(complaint);
});

test("a document that multiplies through aliases is refused at once", () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 60; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(", ")}]`,
    );
  const { values, complaints } = read(lines.join("\n"));
  expect(values).toEqual([undefined]);
  expect(complaints).toEqual(["7:9 its aliases make it too large"]);
});

test("nesting through aliases counts too", () => {
  const lines = ["a0: &a0 [x]", ...Array.from({ length: 300 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]`)];
  expect(read(lines.join("\n")).complaints).toEqual(["251:13 nested more than 250 levels deep"]);
});

test.each([251, 5_000, 100_000])("%d levels are refused", (depth) => {
  const { values, complaints } = read(`a: ${"[".repeat(depth)}${"]".repeat(depth)}\n`);
  expect(values.filter(Boolean)).toEqual([]);
  expect(complaints.join("\n")).toMatch(/nested (?:more than 250 levels|too deeply)/);
});

test("a file of five megabytes is read", () => {
  const item = "  - {image: example/name, context: folder, value: [1, 2, 3]}\n";
  const { values, complaints } = read(`list:\n${item.repeat(Math.ceil((5 * 1024 * 1024) / item.length))}`);
  expect(complaints).toEqual([]);
  expect(values).toHaveLength(1);
});
