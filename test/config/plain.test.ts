/** The short way of reading YAML gives what the long one gives, places included, or nothing. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { configFragments, configSample } from "../rig/config-sample.ts";
import { bothWays } from "./plain-agreement.ts";
import { samples } from "./upgrade/corpus.ts";

/** Whether the text is read the short way. */
function agrees(text: string): boolean {
  const both = bothWays(text);
  if (both === "long") return false;
  expect(both.complaints).toEqual([]);
  expect(both.short).toEqual(both.long);
  return true;
}

const plain = `# A config.
---
apiVersion: skaffold/v4beta14
kind: Config # as always

build:
  artifacts:
  - image: example/a
    context: ./a
    sync: {manual: [{src: 'a/**', dest: "/b c"}], infer: []}
  -   image: b
      docker:
        buildArgs: {}
        cacheFrom: [x, --y, 1, true]
# less indented
  local:
    push: false
portForward:
- port: 8080
  resourceName: a:b#c d  # not a part
  describe: |-
    set -e

      echo "a # b: c" # d
    # e

# less indented
  lines: [a]
commands:
  - |
    one
  - key: |
      two

profiles:
  - name: 1.2.3
    deploy:
      kubectl: {}
---
a: ~
`;

test("what most configs are written in is read the short way", () => {
  expect(agrees(plain)).toBe(true);
  expect(samples.filter(({ newest }) => agrees(newest)).length).toBeGreaterThan(samples.length / 2);
});

test.each([
  "",
  "a:",
  "a: 1\na: 2",
  "a: &x 1",
  "a: *x",
  "a: |\n  b",
  "a: >\n  b\n",
  "a: |+\n  b\n",
  "a: |\n b\n   ",
  "a: |\n  b\n \n  # c\n",
  "a: |\n\n  b\n",
  "a: |\n  b\n   \n",
  "a: {b: |\n  c}\n",
  "a:\n  b: |\n  c\n",
  "a: b\n  c",
  'a: "\\n"',
  "a: 'it''s'",
  "a: 1.5",
  "a: 010",
  "a: 0x1f",
  "a: -0",
  "a: b: c",
  "a: b:",
  "a: [b",
  "a: [b,]",
  "a: [b: c]",
  "a: {b}",
  "a: [b]#",
  "a:\tb",
  "a: b\r\n",
  "\uFEFFa: b",
  "null: b",
  "<<: {a: b}",
  "a: ---",
  "--- a",
  "a: b\n...\n",
  "a: b\n--- c",
  "a: b\n- c",
  "- a",
  "a:\n    b: c\n  d: e",
  " a: b",
])("is read the long way: %j", (text) => {
  expect(agrees(text)).toBe(false);
});

test("mutated texts", () => {
  const seeds = [plain, configSample, ...samples.map(({ newest }) => newest)];
  const edit = fc.record({
    at: fc.nat(2000),
    cut: fc.nat(12),
    put: fc.oneof(fc.constantFrom(...configFragments, "  ", " #", ": ", ", ", "\n  ", "-", "x"), fc.string()),
  });
  fc.assert(
    fc.property(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 3 }), (seed, edits) => {
      let text = seed;
      for (const { at, cut, put } of edits) {
        const from = at % (text.length + 1);
        text = text.slice(0, from) + put + text.slice(from + cut);
      }
      agrees(text);
    }),
    { numRuns: 3000 },
  );
});
