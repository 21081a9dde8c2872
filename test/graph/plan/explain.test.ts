import { describe, expect, test } from "bun:test";
import type { Stamped } from "../../../src/event/bus.ts";
import type { Event, Verdict } from "../../../src/event/event.ts";
import { type Explanation, explain, type LogPart, type Question, type Story } from "../../../src/graph/plan/explain.ts";
import { sealer } from "../../../src/graph/plan/seal.ts";
import type { Task } from "../../../src/graph/task.ts";
import { graphSession } from "../../rig/graph-session.ts";
import { logParts, stamped } from "../../rig/past-run.ts";

/** A dev session: a first pass, a save that changes a file without changing the image, one that changes a secret. */
async function logOfSession(): Promise<readonly (readonly Stamped[])[]> {
  const parts: Stamped[][] = [];
  let at = 0;
  const emit = (event: Event) => parts.at(-1)?.push({ at: at++, event });
  const seal = sealer("secret of the store");
  const { executor } = graphSession({ emit });
  const pass = async (file: string, image: string, token: string) => {
    if (at > 1) parts.push([]);
    const tasks: Task[] = [
      { id: "hash:acme/web", kind: "hash", mode: "observe", deps: [], run: async () => ({ "src/main.go": file }) },
      {
        id: "build:acme/web",
        kind: "build",
        mode: "act",
        deps: ["hash:acme/web"],
        keyParts: (inputs) => ({ files: inputs.get("hash:acme/web"), buildArgs: { TOKEN: seal(token) } }),
        run: async () => image,
      },
      {
        id: "apply:apps/Deployment/default/web",
        kind: "apply",
        mode: "act",
        deps: ["build:acme/web"],
        keyParts: (inputs) => ({ image: inputs.get("build:acme/web") }),
        run: async () => "applied",
      },
    ];
    const { signal } = new AbortController();
    await executor.pass({ tasks, signal, onFailure: "stop" });
  };
  parts.push([]);
  emit({ type: "run-started", command: "dev", argv: ["dev"], run: "r1", version: "v0" });
  await pass("file 644 aa", "image 1", "hunter2");
  const rebuild = { kind: "rebuild", artifact: "acme/web", rule: "Dockerfile:7" } as const;
  emit({ type: "change", path: "src/main.go", verdicts: [rebuild] });
  await pass("file 644 bb", "image 1", "hunter2");
  emit({ type: "change", path: "notes.txt", verdicts: [{ kind: "ignored", rule: ".dockerignore:1" }] });
  await pass("file 644 bb", "image 2", "correct horse");
  return parts;
}

/** As parts of a run's log, and as the one file that an earlier devloop wrote. */
const forms = [
  ["in parts", (log: readonly (readonly Stamped[])[]) => logParts(...log)],
  ["in one", (log: readonly (readonly Stamped[])[]) => logParts(log.flat())],
] as const;

function explained(explanation: Explanation) {
  if (explanation.kind !== "explained") throw new Error(`nothing explained: ${JSON.stringify(explanation)}`);
  return explanation;
}

function storyOf(stories: readonly Story[] | undefined, task: string): Story | undefined {
  return stories?.find((story) => story.task === task);
}

describe.each(forms)("a log %s", (_form, form) => {
  const ask = async (question: Question = {}) => explained(await explain(form(await logOfSession()), question));

  test("each pass tells what was stale and what had changed, what was reused and on what proof", async () => {
    const told = [await ask({ back: 2 }), await ask({ back: 1 }), await ask()];
    expect(told.map(({ more }) => more)).toEqual([false, true, true]);
    for (const { run, passes } of told) {
      expect(run).toMatchObject({ command: "dev", run: "r1" });
      expect(passes).toHaveLength(1);
    }
    const [first, second, third] = told.map(({ passes }) => passes[0]?.stories);
    expect(storyOf(first, "build:acme/web")).toMatchObject({ verdict: { reason: "never-run" }, outcome: "done" });
    expect(storyOf(second, "build:acme/web")).toMatchObject({
      verdict: {
        kind: "stale",
        reason: "changed",
        changes: [{ kind: "changed", path: "files.src/main.go", was: "file 644 aa", now: "file 644 bb" }],
      },
      outcome: "done",
      result: "same",
      sameKey: false,
    });
    expect(storyOf(second, "apply:apps/Deployment/default/web")).toMatchObject({
      verdict: { kind: "fresh", proof: "same inputs" },
    });
    expect(storyOf(third, "build:acme/web")).toMatchObject({
      verdict: { reason: "changed", changes: [{ kind: "changed", path: "buildArgs.TOKEN" }] },
      result: "other",
    });
    expect(told.map(({ passes }) => passes[0]?.paths.map(({ path }) => path))).toEqual([
      [],
      ["src/main.go"],
      ["notes.txt"],
    ]);
    expect(JSON.stringify(told)).not.toMatch(/hunter2|horse|sealed:/);
  });

  test.each(["acme/web", "build:acme/web"])("an artifact is asked for as %s", async (subject) => {
    const { passes } = await ask({ subject });
    expect(passes.flatMap(({ stories }) => stories.map(({ task }) => task))).toContain("build:acme/web");
    expect(JSON.stringify(passes)).not.toContain("apply:");
  });

  test.each(["deployment/web", "Deployment/default/web", "apps/Deployment/default/web"])(
    "an object is asked for as %s",
    async (subject) => {
      const { passes } = await ask({ subject });
      expect(passes.flatMap(({ stories }) => stories.map(({ task }) => task))).toEqual([
        "apply:apps/Deployment/default/web",
      ]);
    },
  );

  test.each(["src/main.go", "main.go", "/home/me/shop/src/main.go"])(
    "a file is asked for as %s, and the last pass that it led to is told",
    async (subject) => {
      const { passes } = await ask({ subject });
      expect(passes[0]?.paths.map(({ verdicts }) => verdicts)).toEqual([
        [{ kind: "rebuild", artifact: "acme/web", rule: "Dockerfile:7" }],
      ]);
      expect(passes[0]?.stories.map(({ task }) => task)).toEqual(["build:acme/web"]);
    },
  );

  test("a file that led to nothing has its rule", async () => {
    const { passes } = await ask({ subject: "notes.txt" });
    expect(passes[0]?.paths[0]?.verdicts).toEqual([{ kind: "ignored", rule: ".dockerignore:1" }]);
  });

  test("a name that means nothing gets the nearest that does", async () => {
    expect(await explain(form(await logOfSession()), { subject: "acme/wed" })).toEqual({
      kind: "unknown",
      subject: "acme/wed",
      nearest: "acme/web",
    });
  });

  test("a pass that is not kept is told of with how many are", async () => {
    expect(await explain(form(await logOfSession()), { back: 3 })).toEqual({ kind: "no-pass", kept: 3 });
    const about = { subject: "main.go", back: 1 };
    expect(await explain(form(await logOfSession()), about)).toEqual({ kind: "no-pass", kept: 1 });
  });
});

const planned = (task: string, verdict: Verdict, key?: string): Event => ({
  type: "task-planned",
  task,
  kind: "build",
  verdict,
  ...(key === undefined ? {} : { key }),
});
const gone: Verdict = { kind: "stale", reason: "gone", changes: [], detail: "no image" };
const ended = (task: string, outcome: "done" | "cancelled", output?: string): Event => ({
  type: "task-ended",
  task,
  kind: "build",
  outcome,
  seconds: 1,
  ...(output === undefined ? {} : { output }),
});
const change: Event = { type: "change", path: "a", verdicts: [] };

test("the same inputs with another image are told as such, also against an earlier run or an earlier pass", async () => {
  const now = stamped([planned("build:web", gone, "k"), ended("build:web", "done", "digest 2")]);
  const before = stamped([planned("build:web", gone, "k"), ended("build:web", "done", "digest 1")]);
  const other = stamped([planned("build:web", { kind: "fresh", proof: "same inputs" }, "k")]);
  const told = [
    await explain(logParts(now), {}, logParts(before)),
    await explain(logParts(before, other, other, now)),
    await explain(logParts(before, other), { back: 1 }, logParts(now)),
  ];
  for (const one of told)
    expect(explained(one).passes[0]?.stories[0]).toMatchObject({ result: "other", sameKey: true });
});

test("a run that a newer pass joined is told in the pass in which it ended, with its reason; one that was ended there is not", async () => {
  const log = logParts(
    stamped([planned("build:web", gone), planned("build:api", gone)]),
    stamped([
      ended("build:api", "cancelled"),
      ended("build:web", "done", "digest"),
      planned("hash", { kind: "observe" }),
    ]),
  );
  const { passes } = explained(await explain(log));
  expect(passes[0]?.stories.map(({ task, verdict, outcome }) => [task, verdict?.kind, outcome])).toEqual([
    ["build:web", "stale", "done"],
    ["hash", "observe", undefined],
  ]);
});

test("changes are told with the pass that they led to, across a part's end and none that lacks", async () => {
  const first = stamped([planned("build:web", gone), change]);
  const second = stamped([planned("build:web", gone)]);
  expect(explained(await explain(logParts(first, second))).passes[0]?.paths).toHaveLength(1);
  expect(explained(await explain(logParts(first, second), { back: 1 })).passes[0]?.paths).toEqual([]);
  const apart = logParts(first, second).map((part, i) => ({ ...part, nth: i * 7 }));
  expect(explained(await explain(apart)).passes[0]?.paths).toEqual([]);
  // At the end they led to no pass.
  const { passes } = explained(await explain(logParts(second, first)));
  expect(passes).toEqual([{ at: 1, paths: [{ path: "a", at: 1, verdicts: [] }], stories: [] }]);
});

test("no more parts are read than the answer needs", async () => {
  const read: number[] = [];
  const parts = Array.from(
    { length: 100 },
    (_, i): LogPart => ({
      nth: i + 1,
      async read() {
        read.push(i + 1);
        return stamped([planned("build:web", gone, "k"), ended("build:web", "done", `digest ${i}`)]);
      },
    }),
  );
  expect((await explain(parts)).kind).toBe("explained");
  expect([...new Set(read)].sort((a, b) => a - b)).toEqual([1, 99, 100]);
});

test("a log that was cut, or is empty, is explained as far as it goes", async () => {
  const log = (await logOfSession()).flat();
  for (let end = 0; end <= log.length; end++)
    expect((await explain(logParts(log.slice(0, end)))).kind).toBe("explained");
  expect((await explain([])).kind).toBe("explained");
});

describe("a log that tells where passes begin", () => {
  const planned = (task: string, verdict: Verdict): Event => ({ type: "task-planned", task, kind: "build", verdict });
  const stale: Verdict = { kind: "stale", reason: "changed", changes: [] };
  const change = (path: string): Event => ({
    type: "change",
    path,
    verdicts: [{ kind: "rebuild", artifact: "web", rule: "Dockerfile:1" }],
  });
  const ended = (task: string, outcome: "done" | "cancelled"): Event => ({
    type: "task-ended",
    task,
    kind: "build",
    outcome,
    seconds: 1,
  });
  const started = (pass: number, ...saves: { at: number; path: string }[]): Event => ({
    type: "pass-started",
    pass,
    saves: saves.map(({ at, path }) => ({ at, paths: [path], count: 1 })),
  });
  const asked = async (parts: readonly (readonly Event[])[], question: Question = {}) => {
    let at = 0;
    const log = parts.map((events) => events.map((event) => ({ at: at++, event })));
    return explained(await explain(logParts(...log), question));
  };

  /** Times of the events: the saves of a, b and c came before they were looked at. */
  const session = [
    [started(1), planned("build:web", stale), ended("build:web", "done"), change("/w/a")],
    [started(2, { at: 2, path: "/w/a" }), planned("build:web", stale), change("/w/b")],
    [started(3, { at: 2, path: "/w/a" }, { at: 6, path: "/w/b" }), change("/w/c")],
    [
      started(4, { at: 2, path: "/w/a" }, { at: 6, path: "/w/b" }, { at: 8, path: "/w/c" }),
      ended("build:web", "cancelled"),
      planned("build:web", stale),
      ended("build:web", "done"),
    ],
  ];

  test("a pass has the changes of every pass whose place it took, its number and its saves", async () => {
    const { passes } = await asked(session);
    expect(passes).toMatchObject([{ number: 4, saves: 3 }]);
    expect(passes[0]?.paths.map(({ path }) => path)).toEqual(["/w/a", "/w/b", "/w/c"]);
    expect(passes[0]?.stories).toMatchObject([{ task: "build:web", outcome: "done" }]);
    const second = await asked(session, { back: 2 });
    expect(second.passes).toMatchObject([{ number: 2, saves: 1, paths: [{ path: "/w/a" }] }]);
    const first = await asked(session, { back: 3 });
    expect(first.passes).toMatchObject([{ number: 1, saves: 0, paths: [] }]);
    expect(first.more).toBe(false);
  });

  test("in one file it is the same", async () => {
    expect((await asked([session.flat()])).passes).toEqual((await asked(session)).passes);
  });

  test("a pass that planned a task a second time, because its inputs changed under it, is one pass", async () => {
    const { passes, more } = await asked([
      [started(1), planned("build:web", stale), planned("build:web", { kind: "fresh", proof: "in the engine" })],
    ]);
    expect(more).toBe(false);
    expect(passes[0]?.stories).toMatchObject([{ verdict: { kind: "fresh" } }]);
  });

  test("a file that was saved twice is told of once, as it was last", async () => {
    const ignored: Event = { type: "change", path: "/w/a", verdicts: [{ kind: "ignored", rule: "x" }] };
    const { passes } = await asked([
      [started(1), change("/w/a")],
      [started(2, { at: 1, path: "/w/a" }), ignored],
      [started(3, { at: 1, path: "/w/a" }, { at: 3, path: "/w/a" })],
    ]);
    expect(passes[0]?.paths).toMatchObject([{ path: "/w/a", verdicts: [{ kind: "ignored" }] }]);
  });
});
