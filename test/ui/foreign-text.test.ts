/** What pods, builds, servers, engines and file names say, as it reaches the terminal: nothing that a terminal obeys. */
import { expect, test } from "bun:test";
import type { Diagnostic } from "../../src/diag/diagnostic.ts";
import { printDiagnostic } from "../../src/diag/print.ts";
import type { Event } from "../../src/event/event.ts";
import { painter } from "../../src/ui/paint.ts";
import { type Level, PlainView } from "../../src/ui/plain.ts";

const evil =
  "\u001b]52;c;Y3VybCBldmlsfHNo\u0007\u001b[2J\u001b[H\rfake: Deployments stabilized \u009b31m\u202e\u001b[31mred\nforged";
const shownWithout = "\\e]52;c;Y3VybCBldmlsfHNo\\x07\\e[2J\\e[H";

const diagnostic: Diagnostic = {
  severity: "error",
  message: evil,
  details: [evil, evil],
  suggestion: evil,
  command: evil,
  at: { file: evil, line: 1, column: 1, length: 3, text: evil },
};

/** One of each kind, with the text wherever something from outside can be. */
const events: { readonly [Type in Event["type"]]: Event & { readonly type: Type } } = {
  "pass-started": { type: "pass-started", pass: 2, saves: [{ at: 1, paths: [evil], count: 1 }] },
  "run-started": { type: "run-started", command: evil, argv: [evil], run: evil, version: "1" },
  phase: { type: "phase", phase: "deploy", status: "started" },
  "task-planned": {
    type: "task-planned",
    task: `build:${evil}`,
    kind: "build",
    verdict: {
      kind: "stale",
      reason: "changed",
      detail: evil,
      changes: [{ kind: "changed", path: `files.${evil}`, was: evil, now: evil }],
    },
  },
  "task-held": { type: "task-held", task: evil, hold: { kind: "condition", what: evil } },
  "task-started": { type: "task-started", task: evil, kind: "build" },
  "task-ended": {
    type: "task-ended",
    task: evil,
    kind: "build",
    outcome: "failed",
    seconds: 1,
    diagnostics: [diagnostic],
  },
  tag: { type: "tag", artifact: evil, reference: evil },
  "build-started": { type: "build-started", artifact: evil },
  "build-step": { type: "build-step", artifact: evil, step: "1", name: evil, status: "failed", error: evil },
  "build-output": { type: "build-output", artifact: evil, line: evil },
  "build-ended": { type: "build-ended", artifact: evil, outcome: "failed", seconds: 1 },
  "image-named": { type: "image-named", artifact: evil, imageId: evil, place: "engine", names: [evil] },
  "credential-plugin": { type: "credential-plugin", plugin: "login", context: evil, status: "said", line: evil },
  deliver: { type: "deliver", image: evil, destination: evil, how: "full", bytes: 1, seconds: 1 },
  apply: { type: "apply", object: evil, result: "created", manager: evil },
  release: { type: "release", release: evil, namespace: evil, result: "installed", revision: 1 },
  "release-output": { type: "release-output", release: evil, line: evil },
  wait: { type: "wait", object: evil, state: "progressing", message: evil },
  sync: { type: "sync", artifact: evil, files: [evil], deleted: [evil], containers: 1, seconds: 1 },
  log: { type: "log", artifact: evil, pod: evil, container: evil, namespace: evil, line: evil },
  forward: {
    type: "forward",
    resource: evil,
    namespace: evil,
    port: evil,
    address: evil,
    localPort: 1,
    status: "listening",
    pod: evil,
  },
  hook: { type: "hook", name: evil, status: "output", line: evil },
  change: {
    type: "change",
    path: evil,
    verdicts: [
      { kind: "sync", artifact: evil, rule: evil, destinations: [evil] },
      { kind: "render", source: evil },
    ],
  },
  save: { type: "save", what: "failed", paths: 1, seconds: 1, why: evil },
  watching: { type: "watching" },
  staying: { type: "staying" },
  cleanup: { type: "cleanup", object: evil, result: "kept", why: evil },
  diagnostic: { type: "diagnostic", diagnostic },
  notice: { type: "notice", level: "warning", text: evil },
  "run-ended": { type: "run-ended", outcome: "failed", seconds: 1 },
};

function show(level: Level, shown: readonly Event[], terminal = false) {
  const out: string[] = [];
  const errors: string[] = [];
  const view = new PlainView({
    out: (line) => out.push(line),
    err: (text) => errors.push(text),
    paint: painter(terminal, {}, 34),
    level,
    timestamps: false,
    logPrefix: "podAndContainer",
    cwd: "/project",
  });
  for (const [i, event] of shown.entries()) view.show({ at: i * 10_000, event });
  return { out, errors };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one.
const colour = /\u001b\[[0-9;]*m/g;

for (const terminal of [true, false])
  test(`no event of any kind moves ${terminal ? "a terminal" : "a pipe"}`, () => {
    const { out, errors } = show("debug", Object.values(events), terminal);
    expect(out.length).toBeGreaterThan(20);
    expect(errors).toHaveLength(4);
    for (const line of out) {
      expect(line.replace(colour, "")).not.toMatch(obeyed);
      expect(line).not.toInclude("\n");
      const last = line.match(colour)?.at(-1);
      expect(["\u001b[0m", undefined]).toContain(last);
    }
    for (const text of errors) {
      expect(text.replace(colour, "")).not.toMatch(obeyed);
      // Red is devloop's own for an error, and never around what a server said.
      if (!text.startsWith("[")) expect(text).not.toInclude("\u001b[31mred");
      expect(text).toInclude(shownWithout);
    }
  });

test("a log line keeps its colour, which ends with it", () => {
  const line = "\u001b[32mGET /\u001b[0m \u001b[1m200";
  const { out } = show("warn", [{ ...events.log, pod: "web-1", container: "web", line }]);
  expect(out).toEqual([`[web-1 web] ${line}\u001b[0m`]);
});

test("a complaint shows further lines of a message as evidence, and marks its place as before", () => {
  const text = printDiagnostic({
    severity: "error",
    message: "admission webhook denied the request\nerror: everything is well\n",
    details: ["first\r\nsecond", "", "\u001b[31mthird"],
    at: { file: "a.yaml", line: 3, column: 4, length: 2, text: "a\u0007\u001bbc: d" },
  });
  expect(text.split("\n")).toEqual([
    "a.yaml:3:4: error: admission webhook denied the request",
    "3 | a\ufffd\ufffdbc: d",
    "  |    ^^",
    "  | error: everything is well",
    "  | first",
    "  | second",
    "  | ",
    "  | \\e[31mthird",
  ]);
});
