/** Which release of a module waits for which: listed order, dependencies first, so many at once. */
import { expect, test } from "bun:test";
import { releaseTurns } from "../../../src/phase/helm/release-turns.ts";

const release = (name: string, concurrency: number, dependsOn: readonly string[] = [], module = "m") => ({
  module,
  concurrency,
  release: { name, dependsOn },
});
const turnsOf = (...releases: readonly ReturnType<typeof release>[]) => Object.fromEntries(releaseTurns(releases));

test("one at a time follow each other as listed", () => {
  expect(turnsOf(release("crds", 1), release("app", 1), release("web", 1))).toEqual({ app: "crds", web: "app" });
});

test("what others depend on comes first", () => {
  expect(turnsOf(release("app", 1, ["db"]), release("web", 1), release("db", 1))).toEqual({ db: "web", app: "db" });
});

test("so many at once; without a limit nothing waits", () => {
  expect(turnsOf(release("a", 2), release("b", 2), release("c", 2))).toEqual({ c: "a" });
  expect(turnsOf(release("a", 0), release("b", 0))).toEqual({});
});

test("modules do not wait for each other, and a dependency of another module is no matter of order", () => {
  expect(turnsOf(release("a", 1), release("b", 1, ["a"], "n"), release("c", 1, [], "n"))).toEqual({ c: "b" });
});

test("a circle is left to the graph, which refuses it", () => {
  expect(turnsOf(release("a", 1, ["b"]), release("b", 1, ["a"]))).toEqual({ b: "a" });
});
