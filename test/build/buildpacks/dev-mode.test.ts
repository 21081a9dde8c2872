/** Where files go by the rules that buildpacks left in an image's metadata. */
import { expect, test } from "bun:test";
import { devModePlacer } from "../../../src/build/buildpacks/dev-mode.ts";

const labelled = (bom: unknown) => ({ "io.buildpacks.build.metadata": JSON.stringify({ bom }) });
const rules = (...all: unknown[]) => labelled([{ name: "x" }, { metadata: { "devmode.sync": all } }]);

test("every rule that matches is a destination; a deleted file has its place, a link none", () => {
  const labels = rules(
    { src: "**/*.js", dest: "/workspace" },
    { src: "public/**", dest: "/srv/" },
    { src: 7, dest: "/workspace" },
    { src: "**", dest: "relative" },
  );
  const place = devModePlacer(() => labels);
  expect(place("public/a.js", "file")).toEqual({
    kind: "placed",
    rule: 'sync.auto "**/*.js", "public/**"',
    destinations: ["/workspace/public/a.js", "/srv/public/a.js"],
  });
  expect(place("a.js", "gone")).toMatchObject({ kind: "placed", destinations: ["/workspace/a.js"] });
  expect(place("a.js", "symlink").kind).toBe("unplaced");
  expect(place("a.css", "file")).toEqual({ kind: "unplaced", why: "no rule of its buildpacks matches" });
});

test.each([
  ["no label", {}],
  ["no JSON", { "io.buildpacks.build.metadata": "{" }],
  ["no rules", labelled([])],
  ["metadata of another shape", { "io.buildpacks.build.metadata": '"text"' }],
  ["a list of another shape", labelled({ metadata: 1 })],
])("an image with %s syncs nothing", (_, labels) => {
  expect(devModePlacer(() => labels)("a.js", "file")).toEqual({
    kind: "unplaced",
    why: "its buildpacks sync no files",
  });
});

test("the rules are those of the image that runs now", () => {
  let labels: Record<string, string> | undefined;
  const place = devModePlacer(() => labels);
  expect(place("a.js", "file").kind).toBe("unplaced");
  labels = rules({ src: "*.js", dest: "/one" });
  expect(place("a.js", "file")).toMatchObject({ destinations: ["/one/a.js"] });
  labels = rules({ src: "*.js", dest: "/two" });
  expect(place("a.js", "file")).toMatchObject({ destinations: ["/two/a.js"] });
});
