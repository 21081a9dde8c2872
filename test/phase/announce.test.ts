/** When the headings of a pass come, from what its tasks do. */
import { expect, test } from "bun:test";
import type { Event } from "../../src/event/event.ts";
import { passHeadings } from "../../src/phase/announce.ts";
import { virtualClock } from "../rig/virtual-clock.ts";

const outcomes: Readonly<Record<string, "failed" | "cancelled">> = { "!": "failed", "~": "cancelled" };

const deliveries = ["+build", "-build", "+deliver", "-deliver"];

/** `+kind` begins a task, `-kind` ends one, `!kind` fails one, `~kind` is cancelled; `kind:name` where there are several. */
function headings(...steps: readonly string[]): string[] {
  return told(true, steps);
}

function told(deploys: boolean, steps: readonly string[]): string[] {
  const said: string[] = [];
  const pass = passHeadings(
    (event) => {
      if (event.type === "phase") said.push(`${event.phase} ${event.status}`);
    },
    virtualClock(),
    deploys,
  );
  for (const step of steps) {
    const task = step.slice(1);
    const kind = task.split(":")[0] ?? "";
    const event: Event =
      step[0] === "+"
        ? { type: "task-started", task, kind }
        : { type: "task-ended", task, kind, outcome: outcomes[step[0] ?? ""] ?? "done", seconds: 0 };
    pass.observe(event);
  }
  pass.end();
  return said;
}

test("a phase begins with its first task; all end with the pass", () => {
  expect(headings("+build", "-build", "+deliver", "-deliver", "+apply", "-apply", "+wait", "-wait")).toEqual([
    "tags started",
    "deploy started",
    "wait started",
    "tags done",
    "deploy done",
    "wait done",
  ]);
});

test("a pass that deploys nothing delivers, and does not say that it deploys", () => {
  expect(told(false, deliveries)).toEqual(["tags started", "deliver started", "tags done", "deliver done"]);
  expect(told(false, ["+deliver", "!deliver"]).at(-1)).toBe("deliver failed");
});

test("hooks after a deployment come after the word that all is ready, those before it do not end a wait", () => {
  const said = headings("+hook", "-hook", "+wait:a", "+wait:b", "-wait:a", "-wait:c", "+hook", "-wait:b", "+hook");
  expect(said).toEqual(["tags started", "deploy started", "wait started", "wait done", "tags done", "deploy done"]);
});

test("a phase with a failed task has failed", () => {
  expect(headings("+apply", "!apply")).toEqual(["tags started", "deploy started", "tags done", "deploy failed"]);
});

test("a phase that was cut short is not done", () => {
  expect(headings("+wait", "~wait").slice(-1)).toEqual(["wait cancelled"]);
});
