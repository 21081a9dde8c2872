import { expect, test } from "bun:test";
import type { SourceSpec } from "../../src/build/builder.ts";
import { watchOf } from "../../src/build/watched.ts";

const sources: SourceSpec = {
  root: "/w/web",
  part: (path, kind) => (path.startsWith("src") ? (kind === "directory" ? "parent" : "in") : "out"),
  extra: [{ name: "Dockerfile", path: "/w/docker/Dockerfile" }],
  trees: [{ name: "shared", root: "/w/shared" }],
  rules: ["/w/ignore/.dockerignore"],
  reason: (path) => (path.startsWith("src") ? "Dockerfile:2" : undefined),
};
const rule = (path: string, of = sources) => watchOf(of).judge(path)?.rule;

test("a path counts by what selects it, and what selects counts as well", () => {
  expect(rule("/w/web/src/main.go")).toBe("Dockerfile:2");
  expect(rule("/w/docker/Dockerfile")).toBe("Dockerfile");
  expect(rule("/w/shared/lib/a.go")).toBe("shared:lib/a.go");
  expect(rule("/w/ignore/.dockerignore")).toBe(".dockerignore");
  expect(rule("/w/web/README.md")).toBeUndefined();
  expect(rule("/w/other/a.go")).toBeUndefined();
  expect(watchOf(sources).judge("/w/web/src/main.go")?.changes).toBe(true);
});

test("a directory counts with what may be in it", () => {
  for (const path of ["/w/web/src", "/w/web", "/w/shared", "/w/docker", "/w/ignore", "/w", "/"])
    expect(rule(path), path).toBe(path === "/w/web/src" ? "Dockerfile:2" : "build context");
  expect(rule("/w/web/docs")).toBeUndefined();
});

test("anything may change a list, where its program looks for files", () => {
  const listed = { ...sources, listed: ["/w/lib"] };
  expect(rule("/w/web/README.md", listed)).toBe("build context");
  expect(rule("/w/lib/new.go", listed)).toBe("looked in for what is listed");
  expect(rule("/w/lib", listed)).toBe("build context");
  expect(rule("/w/library/new.go", listed)).toBeUndefined();
  expect(watchOf(listed).roots).toContain("/w/lib");
});
