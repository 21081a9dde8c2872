import { expect, test } from "bun:test";
import { type CacheView, cacheLines } from "../../src/ui/cache-words.ts";

const image = (digit: string, goes: boolean) => ({
  id: `sha256:${digit.repeat(64)}`,
  artifacts: ["shop/web"],
  bytes: 1_000_000,
  goes,
  why: goes ? "unused for long" : "among the latest of its artifact",
});
const view: CacheView = {
  places: [{ label: "the Docker engine", images: [image("a", false), image("b", true)] }],
  unknown: [{ label: 'kind cluster "dev" (1 node)', why: "it does not run" }],
  store: { cacheDir: "/cache", parts: { records: 10, runs: 2000, state: 0 }, bytes: 2010 },
};

test("what there is, and what would go", () => {
  expect(cacheLines(view, "told")).toEqual([
    "the Docker engine: 2 images made by devloop, 2.00 MB",
    " - shop/web aaaaaaaaaaaa (1.00 MB): among the latest of its artifact",
    " - shop/web bbbbbbbbbbbb (1.00 MB): unused for long",
    'kind cluster "dev" (1 node): not known: it does not run',
    "the store in /cache: 2.01 kB (runs 2.00 kB, records 10 B)",
    "devloop cache prune would remove 1 image, 1.00 MB",
  ]);
});

test("what went, and what a dry run would remove", () => {
  const done = cacheLines({ ...view, collected: { files: 3, bytes: 30 } }, "done");
  expect(done).toContain(" - removed shop/web bbbbbbbbbbbb (1.00 MB): unused for long");
  expect(done.join("\n")).not.toContain("aaaaaaaaaaaa");
  expect(done.slice(-2)).toEqual(["removed 1 image, 1.00 MB", "removed 3 files of the store, 30 B"]);
  expect(cacheLines(view, "planned").at(-1)).toBe("would remove 1 image, 1.00 MB");
});

test("of many images some are listed", () => {
  const many = { ...view, places: [{ label: "here", images: Array.from({ length: 25 }, () => image("a", false)) }] };
  expect(cacheLines(many, "told").filter((line) => line.startsWith(" - "))).toHaveLength(21);
  expect(cacheLines(many, "told")).toContain(" - and 5 more");
});
