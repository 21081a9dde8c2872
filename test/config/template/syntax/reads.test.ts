/** Which names a template reads from its data. */
import { describe, expect, test } from "bun:test";
import { namesRead } from "../../../../src/config/template/syntax/reads.ts";
import { namesReadBy } from "../../../../src/config/templated.ts";

describe("names", () => {
  const table: readonly [source: string, names: readonly string[]][] = [
    ["plain", []],
    ["{{.A}}-{{.B}}-{{.A}}", ["A", "B"]],
    ["{{$.A.b}}{{(.B).c}}", ["A", "B"]],
    ['{{if eq .A "x"}}{{.B}}{{else}}{{.C}}{{end}}', ["A", "B", "C"]],
    ["{{$x := .A}}{{$x.B}}", ["A"]],
    ['{{printf "%s" (print .A)}}', ["A"]],
    // A name too many is computed in vain, one too few would be missing.
    ["{{range .L}}{{.M}}{{end}}", ["L", "M"]],
    ['{{define "t"}}{{.D}}{{end}}{{template "t" .}}', ["D"]],
  ];
  for (const [source, names] of table) test(source, () => expect(namesRead(source).sort()).toEqual([...names]));
});

test("what cannot be read is a failure at its place", () => {
  const at = { file: "/app/skaffold.yaml", line: 4, column: 17, length: 16, text: "      template: {{.GIT | upper}}" };
  const value = { text: "{{.GIT | upper}}", at, missing: "error" as const };
  expect(() => namesReadBy(value)).toThrow(
    expect.objectContaining({
      name: "Failure",
      diagnostics: [expect.objectContaining({ at: expect.objectContaining({ line: 4, column: 26 }) })],
    }),
  );
});
