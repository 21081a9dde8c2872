/** What `why` says of a run in which no task was planned: that depends on how it ended. */
import { expect, test } from "bun:test";
import type { Change, Event, Verdict } from "../../src/event/event.ts";
import { explain } from "../../src/graph/plan/explain.ts";
import type { Json } from "../../src/std/data/json.ts";
import { whyLines } from "../../src/ui/why-words.ts";
import { logParts, stamped } from "../rig/past-run.ts";

test.each([
  ["ok", "everything was as it should be"],
  ["failed", "it failed before anything was to be done"],
  ["cancelled", "it was cancelled before anything was done"],
  [undefined, "its log was cut off"],
] as const)("a run without tasks that ended %p", async (outcome, words) => {
  const ended = outcome ? [{ at: 1, event: { type: "run-ended", outcome, seconds: 1 } as const }] : [];
  const started: Event = { type: "run-started", command: "build", argv: ["build"], run: "r", version: "1" };
  const explanation = await explain(logParts([{ at: 0, event: started }, ...ended]));
  if (explanation.kind !== "explained") throw new Error("it is not known");
  expect(whyLines(explanation, { all: false, cwd: "/" }).join("\n")).toMatch(
    new RegExp(`^devloop build .*\\n  .*${words}$`),
  );
});

test("digests are cut, a wait needs no other reason than the apply, and a failure says what it was", async () => {
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
  const explanation = await explain(logParts(stamped(events)));
  if (explanation.kind !== "explained") throw new Error("it is not known");
  expect(whyLines(explanation, { all: false, cwd: "/" }).slice(1)).toEqual([
    "  build web: src/new.go added  [done in 1 s]",
    "  tag web: imageId: aaaaaaaaaaaa -> bbbbbbbbbbbb; names: [w:1] -> [w:1, w:2]  [done in 1 s]",
    "  apply deployment/web in namespace shop: image web: web:aaaaaaaaaaaa -> web:bbbbbbbbbbbb  [done in 1 s]",
    "  wait for deployment/web in namespace shop: applied anew  [failed in 1 s]",
    "      it crashed",
    "  1 task not begun: something before failed",
  ]);
});

test("an observation that was not made again says that nothing that it watches changed", async () => {
  const events: readonly Event[] = [
    planned("hash:web", "hash", { kind: "kept" }),
    planned("hash:api", "hash", { kind: "kept", absorbed: 2 }),
    planned("engine", "look", { kind: "observe" }),
  ];
  const explanation = await explain(logParts(stamped(events)));
  if (explanation.kind !== "explained") throw new Error("it is not known");
  expect(whyLines(explanation, { all: true, cwd: "/" }).slice(1)).toEqual([
    "  hash web: kept: nothing that it watches changed",
    "  hash api: kept: what changed is synced (2 paths)",
  ]);
  expect(whyLines(explanation, { all: false, cwd: "/" }).slice(1)).toEqual(["  2 tasks reused"]);
});

test("of several passes the one that was asked for is named, and the way to the one before it", async () => {
  const pass = (text: string): Event[] => [
    planned("build:web", "build", { kind: "stale", reason: "gone", changes: [], detail: text }),
    ended("build:web", "build", "done"),
  ];
  const lines = async (back: number) => {
    const explanation = await explain(logParts(stamped(pass("one")), stamped(pass("two"))), { back });
    if (explanation.kind !== "explained") throw new Error("it is not known");
    return whyLines(explanation, { all: false, cwd: "/", back }).slice(1).join("\n");
  };
  expect(await lines(0)).toMatch(/^ {2}the last pass, at .*; the one before it: --pass=1\n {2}build web: .*two/);
  expect(await lines(1)).toMatch(/^ {2}1 pass before the last, at [^;]*\n {2}build web: .*one/);
});

const deployment = (kind: string) => `${kind}:apps/Deployment/shop/web`;

function planned(task: string, kind: string, verdict: Verdict): Event {
  return { type: "task-planned", task, kind, verdict };
}

function ended(task: string, kind: string, outcome: "done" | "failed" | "skipped"): Event & { type: "task-ended" } {
  return { type: "task-ended", task, kind, outcome, seconds: 1 };
}
