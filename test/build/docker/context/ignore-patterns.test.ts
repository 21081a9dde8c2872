/** What `.dockerignore` leaves, by its table; the same table is asked of BuildKit in `ignore-patterns.e2e.test.ts`. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { pathMatcher, readIgnoreRules } from "../../../../src/build/docker/context/ignore-patterns.ts";
import { ignoreCases, ignoreTree } from "../ignore-cases.ts";

describe("what is left", () => {
  for (const { title, text, left } of ignoreCases)
    test(title, () => {
      const rules = readIgnoreRules(text);
      expect(ignoreTree.filter((path) => rules.verdict(path) === "kept")).toEqual([...left]);
    });
});

test("a directory is left out of the walk only where nothing below can be kept", () => {
  const rules = readIgnoreRules("src\ndocs\n!src/lib/a.txt\n");
  expect(rules.verdict("src")).toBe("ignored-but-may-hold-kept");
  expect(rules.verdict("src/lib")).toBe("ignored-but-may-hold-kept");
  expect(rules.verdict("src/other")).toBe("ignored");
  expect(rules.verdict("docs")).toBe("ignored");
});

test("with a pattern among the exceptions every directory may hold something", () => {
  expect(readIgnoreRules("src\n!**/*.go\n").verdict("src")).toBe("ignored-but-may-hold-kept");
});

test("no verdict depends on what was asked before", () => {
  const line = fc.constantFrom("src", "!src/lib", "**/*.txt", "!**/a.txt", "*", "docs/**", "!docs", "src/lib/x");
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 5 }),
      fc.shuffledSubarray([...ignoreTree]),
      (lines, order) => {
        const text = lines.join("\n");
        const shared = readIgnoreRules(text);
        for (const path of order) expect(shared.verdict(path)).toBe(readIgnoreRules(text).verdict(path));
      },
    ),
  );
});

test("what is kept is never below a directory that the walk leaves out", () => {
  const line = fc.constantFrom("src", "!src/lib", "**/*.txt", "!**/a.txt", "*", "docs/**", "!docs", "!src/lib/x/*.md");
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), (lines) => {
      const rules = readIgnoreRules(lines.join("\n"));
      for (const path of ignoreTree.filter((p) => rules.verdict(p) === "kept"))
        for (let slash = path.indexOf("/"); slash > 0; slash = path.indexOf("/", slash + 1))
          expect(rules.verdict(path.slice(0, slash))).not.toBe("ignored");
    }),
  );
});

test("a malformed pattern matches nothing", () => {
  expect(pathMatcher("[a")("a")).toBe(false);
});
