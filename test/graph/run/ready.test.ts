/** The queue of tasks that could start: their order, and which of them were told why they wait. */
import { expect, test } from "bun:test";
import { ReadyTasks } from "../../../src/graph/run/ready.ts";

function queue(remaining: Readonly<Record<string, number>> = {}) {
  return new ReadyTasks((id) => remaining[id] ?? 0);
}

test("the head of the longest chain is taken first, equal ones as they came; what is given back keeps its place", () => {
  const ready = queue({ long: 9 });
  for (const id of ["a", "b", "long"]) ready.add(id, "build");
  const first = ready.take("build");
  expect(first?.id).toBe("long");
  ready.giveBack("build", first ? [first] : []);
  expect(Array.from({ length: 4 }, () => ready.take("build")?.id)).toEqual(["long", "a", "b", undefined]);
});

test("each waiting task is told a reason once, those that come later too, and all of them another reason", () => {
  const ready = queue();
  ready.add("a", "build");
  expect(ready.untold("build", "limit")).toEqual(["a"]);
  expect(ready.untold("build", "limit")).toEqual([]);
  ready.add("b", "build");
  expect(ready.untold("build", "limit")).toEqual(["b"]);
  expect(ready.untold("build", "limit")).toEqual([]);
  expect(ready.untold("build", "barrier")).toEqual(["a", "b"]);
  expect(ready.untold("other", "limit")).toEqual([]);
});
