import { expect, test } from "bun:test";
import { PendingPaths } from "../../../src/dev/loop/pending-paths.ts";

test("what a path leads to adds up until it is taken, and is taken once", () => {
  const pending = new PendingPaths();
  pending.add("/a", ["web"]);
  pending.add("/b", []);
  pending.add("/a", ["api"]);
  pending.add("/a", []);
  expect(pending.take()).toEqual([
    { path: "/a", rebuilds: new Set(["web", "api"]) },
    { path: "/b", rebuilds: new Set() },
  ]);
  expect(pending.take()).toEqual([]);
});
