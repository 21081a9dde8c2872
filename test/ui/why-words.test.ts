/** What `why` says of a run in which no task was planned: that depends on how it ended. */
import { expect, test } from "bun:test";
import type { Change, Event, Verdict } from "../../src/event/event.ts";
import { explain } from "../../src/graph/explain.ts";
import type { Json } from "../../src/std/json.ts";
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

test("digests are cut, a wait needs no other reason than the apply, and a failure says what it was", () => {
  const id = (digit: string) => `sha256:${digit.repeat(64)}`;
  const changed = (...changes: Change[]) => ({ kind: "stale", reason: "changed", changes }) as const;
  const change = (path: string, was: Json, now: Json): Change => ({ kind: "changed", path, was, now });
  const events: readonly Event[] = [
    planned("build:web", "build", changed({ kind: "added", path: "files.src/new.go" })),
    ended("build:web", "build", "done"),
    planned("name:web", "name", changed(change("imageId", id("a"), id("b")), change("names", ["w:1"], ["w:1", "w:2"]))),
    ended("name:web", "name", "done"),
    planned(
      deployment("apply"),
      "apply",
      changed(change("images.web", `web:${"a".repeat(64)}`, `web:${"b".repeat(64)}`)),
    ),
    ended(deployment("apply"), "apply", "done"),
    planned(
      deployment("wait"),
      "wait",
      changed(change("applied", "x", "y"), change("state", "generation 1", "generation 2")),
    ),
    { ...ended(deployment("wait"), "wait", "failed"), diagnostics: [{ severity: "error", message: "it crashed" }] },
    ended("hook:web/post-deploy", "hook", "skipped"),
  ];
  const explanation = explain(events.map((event, at) => ({ at, event })));
  if (explanation.kind !== "explained") throw new Error("it is not known");
  expect(whyLines(explanation, false, "/").slice(1)).toEqual([
    "  build web: src/new.go added  [done in 1 s]",
    "  tag web: imageId: aaaaaaaaaaaa -> bbbbbbbbbbbb; names: [w:1] -> [w:1, w:2]  [done in 1 s]",
    "  apply deployment/web in namespace shop: image web: web:aaaaaaaaaaaa -> web:bbbbbbbbbbbb  [done in 1 s]",
    "  wait for deployment/web in namespace shop: applied anew  [failed in 1 s]",
    "      it crashed",
    "  1 task not begun: something before failed",
  ]);
});

test("an observation that was not made again says that nothing that it watches changed", () => {
  const events: readonly Event[] = [
    planned("hash:web", "hash", { kind: "kept" }),
    planned("hash:api", "hash", { kind: "kept", absorbed: 2 }),
    planned("engine", "look", { kind: "observe" }),
  ];
  const explanation = explain(events.map((event, at) => ({ at, event })));
  if (explanation.kind !== "explained") throw new Error("it is not known");
  expect(whyLines(explanation, true, "/").slice(1)).toEqual([
    "  hash web: kept: nothing that it watches changed",
    "  hash api: kept: what changed is synced (2 paths)",
  ]);
  expect(whyLines(explanation, false, "/").slice(1)).toEqual(["  2 tasks reused"]);
});

const deployment = (kind: string) => `${kind}:apps/Deployment/shop/web`;

function planned(task: string, kind: string, verdict: Verdict): Event {
  return { type: "task-planned", task, kind, verdict };
}

function ended(task: string, kind: string, outcome: "done" | "failed" | "skipped"): Event & { type: "task-ended" } {
  return { type: "task-ended", task, kind, outcome, seconds: 1 };
}
