/** Complaints as one line, for the line that says what a save came to. */
import { expect, test } from "bun:test";
import type { Diagnostic } from "../../src/diag/diagnostic.ts";
import { reasonOf } from "../../src/diag/print.ts";

const error = (message: string, line?: number): Diagnostic => ({
  severity: "error",
  message,
  ...(line === undefined ? {} : { at: { file: "a.yaml", line, column: 2, length: 1, text: "" } }),
});

test.each<[string, readonly Diagnostic[], string | undefined]>([
  ["nothing", [], undefined],
  ["one", [error("no answer")], "no answer"],
  ["one with its place", [error("unknown field", 3)], "a.yaml:3:2: unknown field"],
  [
    "several, the first by its place",
    [error("late", 9), error("early", 3), error("none")],
    "a.yaml:3:2: early (and 2 more)",
  ],
  ["errors before warnings", [{ severity: "warning", message: "old" }, error("new")], "new"],
  ["warnings where there is nothing else", [{ severity: "warning", message: "old" }], "old"],
])("%s", (_, all, reason) => {
  const before = [...all];
  expect(reasonOf(all)).toBe(reason);
  expect(all).toEqual(before);
});
