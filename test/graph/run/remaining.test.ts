/** How long the work behind a task will take: the longest chain, from last times or the usual ones of a kind. */
import { expect, test } from "bun:test";
import { Graph } from "../../../src/graph/graph.ts";
import { Remaining } from "../../../src/graph/run/remaining.ts";
import type { Task } from "../../../src/graph/task.ts";

const task = (id: string, deps: readonly string[] = [], kind = "tag"): Task => ({
  id,
  kind,
  mode: "observe",
  deps,
  run: async () => null,
});

test("a task's own time and the longest chain behind it", () => {
  const graph = new Graph();
  graph.add([task("a"), task("b", ["a"]), task("c", ["a"]), task("d", ["b", "c"]), task("e", ["c"])]);
  const seconds: Record<string, number> = { a: 1, b: 5, c: 2, d: 4, e: 100 };
  const remaining = new Remaining(graph, (id) => seconds[id]);
  expect(["e", "d", "c", "b", "a"].map((id) => remaining.of(id))).toEqual([100, 4, 102, 9, 103]);
});

test("a task that never ran counts as usual for its kind, and a grown graph is looked at anew", () => {
  const graph = new Graph();
  graph.add([task("a", [], "build"), task("b", [], "apply"), task("c", [], "look")]);
  const remaining = new Remaining(graph, () => undefined);
  expect(["a", "b", "c"].map((id) => remaining.of(id))).toEqual([20, 0.1, 0.01]);
  graph.add([task("d", ["b"], "wait")]);
  expect(remaining.of("b")).toBe(0.1);
  remaining.forget();
  expect(remaining.of("b")).toBeCloseTo(2.1);
});

test("a chain of many thousand tasks is no matter of the stack", () => {
  const graph = new Graph();
  graph.add(Array.from({ length: 20_000 }, (_, i) => task(`${i}`, i === 0 ? [] : [`${i - 1}`])));
  expect(new Remaining(graph, () => 1).of("0")).toBe(20_000);
});
