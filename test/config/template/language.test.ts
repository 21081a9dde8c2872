/** The template language, corner by corner, beside Go's own engine: same text, or refused by both. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type GoOracle, goOracle } from "../../rig/go-oracle.ts";
import { both, ours } from "./against-go.ts";
import { cases, data } from "./language-cases.ts";

let go: GoOracle;
beforeAll(async () => {
  go = await goOracle();
});
afterAll(() => go[Symbol.asyncDispose]());

for (const [theme, sources] of Object.entries(cases))
  describe(theme, () => {
    for (const source of sources)
      for (const missingKey of ["default", "error"] as const)
        test(`${JSON.stringify(source)}${missingKey === "error" ? ", a missing key being an error" : ""}`, async () => {
          const outcome = await both(go, { source, data, missingKey });
          expect(outcome.ours).toEqual(outcome.go);
        });
  });

describe("refused here alone", () => {
  const table: readonly [source: string, why: string][] = [
    ["{{1i}}", "bad number syntax"],
    ['{{printf "%x" 1.5}}', "%x of a float is not supported"],
    ["{{range 1000001}}{{end}}", "too long"],
  ];
  for (const [source, why] of table) test(source, () => expect(ours({ source, data }).refused).toContain(why));
});

describe("a refusal names its place", () => {
  const table: readonly [source: string, at: number, why: string][] = [
    ["ab {{.s}} {{nosuch}}", 12, 'function "nosuch" not defined'],
    ["{{if .yes}}\n{{index .list 9}}{{end}}", 14, "error calling index: index out of range: 9"],
    ["ä🦊{{.s.x}}", 5, "can't evaluate field x"],
    ["{{range .list}}{{end}}{{end}}", 24, "unexpected {{end}}"],
    ["{{if .yes}}", 11, "{{end}} is missing"],
    ['{{template "none"}}', 2, 'template "none" not defined'],
    ["{{.s | printf 1}}", 7, "error calling printf"],
    ["x {{ $a }}", 5, 'undefined variable "$a"'],
  ];
  for (const [source, at, why] of table)
    test(source, () => {
      const refused = ours({ source, data }).refused ?? "";
      expect(Number(refused.split(":")[0])).toBe(at);
      expect(refused).toContain(why);
    });
});
