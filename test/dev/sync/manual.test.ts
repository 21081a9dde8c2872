import { describe, expect, test } from "bun:test";
import { fixedDirectory, syncGlob } from "../../../src/build/sync-glob.ts";
import type { SyncRule } from "../../../src/config/project.ts";
import { manualHints, manualPlacer } from "../../../src/dev/sync/manual.ts";

const at = { file: "skaffold.yaml", line: 9, column: 11, length: 3, text: '          - src: "a"' };
const rule = (src: string, dest: string, strip = ""): SyncRule => ({ src, dest, strip, at });

function destinations(rules: readonly SyncRule[], path: string, workdir: string | undefined = "/work") {
  const placement = manualPlacer(rules, () => workdir)(path, "file");
  return placement.kind === "placed" ? placement.destinations : placement.why;
}

describe("destinations", () => {
  const rows: readonly [SyncRule[], string, readonly string[]][] = [
    [[rule("site/**", ".")], "site/a/b.html", ["/work/site/a/b.html"]],
    [[rule("site/**", ".", "site/")], "site/a.html", ["/work/a.html"]],
    [[rule("src/static/**", "/app/static")], "src/static/a.css", ["/app/static/src/static/a.css"]],
    [[rule("src/static/**", "/app/static", "src/static/")], "src/static/a.css", ["/app/static/a.css"]],
    [[rule("*.html", "html")], "a.html", ["/work/html/a.html"]],
    [[rule("**/*.js", "/a"), rule("lib/**", "/b")], "lib/x.js", ["/a/lib/x.js", "/b/lib/x.js"]],
  ];
  for (const [rules, path, expected] of rows)
    test(`${path} by ${rules.map((r) => `${r.src} -> ${r.dest}`).join(", ")}`, () => {
      expect(destinations(rules, path)).toEqual([...expected]);
    });

  test("nothing where no rule matches, or the working directory is not known", () => {
    expect(destinations([rule("*.html", ".")], "sub/a.html")).toMatch(/no sync rule/);
    expect(manualPlacer([rule("*", "x")], () => undefined)("a", "file")).toMatchObject({ kind: "unplaced" });
    expect(manualPlacer([rule("*", "/x")], () => undefined)("a", "file")).toMatchObject({ kind: "placed" });
  });
});

test("a hint where files land one directory deeper than meant", () => {
  const hints = manualHints([rule("src/static/**", "/app/static"), rule("site/**", "."), rule("a/b/*", "/b", "a/b/")]);
  expect(hints).toHaveLength(1);
  expect(hints[0]).toMatchObject({ severity: "hint", at, suggestion: expect.stringContaining('"src/static/"') });
  expect(hints[0]?.message).toContain("/app/static/src/static");
});

describe("globs", () => {
  const rows: readonly [pattern: string, path: string, matches: boolean][] = [
    ["static/**", "static/a/b", true],
    ["static/**", "static/.env", true],
    ["static/*", "static/a/b", false],
    ["**/*.html", "a.html", true],
    ["**/*.html", "x/y/.a.html", true],
    ["*.{css,js}", "a.js", true],
    ["!(a)", "b", false],
    ["a(1).txt", "a(1).txt", true],
    ["./site/**", "site/x", true],
    ["a?c", "a/c", false],
    ["[ab].txt", "b.txt", true],
    ["+(x)", "xx", false],
  ];
  for (const [pattern, path, matches] of rows)
    test(`${pattern} ${matches ? "matches" : "does not match"} ${path}`, () => {
      expect(syncGlob(pattern)(path)).toBe(matches);
    });
  test("the directory that a pattern is fixed to", () => {
    expect(["src/static/**", "*.html", "a/b{c,d}/x", "a/b"].map(fixedDirectory)).toEqual([
      "src/static/",
      "",
      "a/",
      "a/",
    ]);
  });
});
