import { expect, test } from "bun:test";
import fc from "fast-check";
import { parse } from "yaml";
import { yamlText } from "../../src/config/effective/yaml-text.ts";
import type { Json } from "../../src/std/data/json.ts";

test("is what a person would write", () => {
  const value = {
    name: "web",
    command: ["sh", "-c", "make all\nmake test\n", "{{.A}}"],
    sync: { manual: [{ src: "static/**", dest: "/app" }], infer: [], hooks: {} },
    pattern: "k8s/*.yaml",
    nested: [["a", 1], [true], null],
    words: ["yes", "1.10", "a: b", "a:b", "# no", "-x", ""],
  };
  expect(yamlText(value)).toBe(`name: web
command:
  - sh
  - "-c"
  - |
    make all
    make test
  - "{{.A}}"
sync:
  manual:
    - src: static/**
      dest: /app
  infer: []
  hooks: {}
pattern: k8s/*.yaml
nested:
  - - a
    - 1
  - - true
  - null
words:
  - "yes"
  - "1.10"
  - "a: b"
  - a:b
  - "# no"
  - "-x"
  - ""
`);
});

const word = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary-ascii" }),
  fc.stringMatching(/^[-a-zA-Z0-9 .:#{}*/\n]{0,12}$/),
  fc.constantFrom(
    "yes",
    "No",
    "null",
    "~",
    "0x1F",
    "1e3",
    "E0",
    ".5",
    "2020-01-01",
    "a\nb",
    "a\n\nb\n",
    "\na",
    "<<",
    "=",
    "a:",
  ),
);
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    word,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(word, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

test.each(["1.1", "1.2"] as const)("a reader of YAML %s gets the same data back", (version) => {
  fc.assert(
    fc.property(value, (data) => {
      expect(parse(yamlText(data), { version, logLevel: "error" })).toEqual(data);
    }),
    { numRuns: 1000 },
  );
});
