import { expect, test } from "bun:test";
import { codeOnly } from "../../scripts/mutants/code.ts";
import { draw } from "../../scripts/mutants/draw.ts";
import { mutantsOf } from "../../scripts/mutants/operators.ts";

test.each([
  ["a; // b", "a;     "],
  ["a /* b\n c */ d", "a     \n      d"],
  [`x("a \\" b", 'c')`, `x("      ", ' ')`],
  ["`a @{b + `c @{d}`} e`", "`  @{b + `  @{d}`}  `"],
  ['a = /[/"]\\//.test(b) / c', "a = /      /.test(b) / c"],
  ["return /a/g", "return / /g"],
  ["(a / b) / c", "(a / b) / c"],
  ["`@{{ a: '}' }}`", "`@{{ a: ' ' }}`"],
])("%j without what is no code", (source, code) => {
  // A dollar is left out above, where it would be taken for a slip.
  expect(codeOnly(source.replaceAll("@{", "${"))).toBe(code.replaceAll("@{", "${"));
});

/** Each mutant's line after the change. */
const after = (source: string) => mutantsOf("a.ts", source).map((mutant) => mutant.after);

test.each<[string, readonly string[]]>([
  ["  if (a === b(c)) return d;", ["if (a !== b(c)) return d;", "if (!(a === b(c))) return d;", ""]],
  [
    '  const x = a < 5 && !b; // "c" === d',
    [
      'const x = a <= 5 && !b; // "c" === d',
      'const x = a < 5 || !b; // "c" === d',
      'const x = a < 6 && !b; // "c" === d',
      'const x = a < 5 && b; // "c" === d',
    ],
  ],
  ["  await a.b(c);", ["a.b(c);", ""]],
  ["  this.#a = b;", [""]],
  ['  "apps/Deployment",', [""]],
  ["  ...rest,", [""]],
  ["  return a.some(b) ? true : c;", ["return a.some(b) ? false : c;", "return a.every(b) ? true : c;"]],
  ["  } else if (a(b)) {", ["} else if (!(a(b))) {"]],
  ['import { a } from "b";', []],
  ["  readonly a: true;", []],
  ["  // if (a) return b;", []],
  ['  say("a === b && c");', [""]],
  ["  const a: Map<string, number> = b;", []],
])("%s", (line, expected) => {
  expect(after(line)).toEqual([...expected]);
});

test("a mutant keeps every other line", () => {
  const [mutant] = mutantsOf("a.ts", "one();\n  if (a) {\n}\n").filter(
    ({ operator }) => operator === "condition negated",
  );
  expect(mutant).toEqual({
    file: "a.ts",
    line: 2,
    operator: "condition negated",
    before: "if (a) {",
    after: "if (!(a)) {",
    text: "one();\n  if (!(a)) {\n}\n",
  });
});

test("a draw is the same for the same seed, another for another, and takes nothing twice", () => {
  const all = Array.from({ length: 100 }, (_, i) => i);
  expect(draw(all, 10, 1)).toEqual(draw(all, 10, 1));
  expect(draw(all, 10, 1)).not.toEqual(draw(all, 10, 2));
  expect(new Set(draw(all, 100, 3)).size).toBe(100);
  expect(draw(all, 1000, 3)).toHaveLength(100);
});
