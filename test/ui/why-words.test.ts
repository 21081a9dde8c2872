/** What `why` says of a run in which no task was planned: that depends on how it ended. */
import { expect, test } from "bun:test";
import { explain } from "../../src/graph/explain.ts";
import { whyLines } from "../../src/ui/why-words.ts";

test.each([
  ["ok", "everything was as it should be"],
  ["failed", "it failed before anything was to be done"],
  ["cancelled", "it was cancelled before anything was done"],
  [undefined, "its log was cut off"],
] as const)("a run without tasks that ended %p", (outcome, words) => {
  const ended = outcome ? [{ at: 1, event: { type: "run-ended", outcome, seconds: 1 } as const }] : [];
  const explanation = explain([
    { at: 0, event: { type: "run-started", command: "build", argv: ["build"], run: "r", version: "1" } },
    ...ended,
  ]);
  if (explanation.kind !== "explained") throw new Error("it is not known");
  expect(whyLines(explanation, false, "/").join("\n")).toMatch(new RegExp(`^devloop build .*\\n  .*${words}$`));
});
