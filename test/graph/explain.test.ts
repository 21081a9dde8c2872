import { expect, test } from "bun:test";
import type { Stamped } from "../../src/event/bus.ts";
import type { Event } from "../../src/event/event.ts";
import { type Explanation, explain, type Story } from "../../src/graph/explain.ts";
import { sealer } from "../../src/graph/seal.ts";
import type { Task } from "../../src/graph/task.ts";
import { graphSession } from "../rig/graph-session.ts";

/** A dev session: a first pass, a save that changes a file without changing the image, one that changes a secret. */
async function logOfSession(): Promise<Stamped[]> {
  const log: Stamped[] = [];
  const emit = (event: Event) => log.push({ at: log.length, event });
  const seal = sealer("secret of the store");
  const { executor } = graphSession({ emit });
  emit({ type: "run-started", command: "dev", argv: ["dev"], run: "r1", version: "v0" });
  const pass = async (file: string, image: string, token: string) => {
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
  await pass("file 644 aa", "image 1", "hunter2");
  const rebuild = { kind: "rebuild", artifact: "acme/web", rule: "Dockerfile:7" } as const;
  emit({ type: "change", path: "src/main.go", verdicts: [rebuild] });
  await pass("file 644 bb", "image 1", "hunter2");
  emit({ type: "change", path: "notes.txt", verdicts: [{ kind: "ignored", rule: ".dockerignore:1" }] });
  await pass("file 644 bb", "image 2", "correct horse");
  return log;
}

function explained(explanation: Explanation) {
  if (explanation.kind !== "explained") throw new Error(`nothing explained: ${JSON.stringify(explanation)}`);
  return explanation;
}

function storyOf(stories: readonly Story[] | undefined, task: string): Story | undefined {
  return stories?.find((story) => story.task === task);
}

test("each pass tells what was stale and what had changed, what was reused and on what proof", async () => {
  const { run, passes } = explained(explain(await logOfSession()));
  expect(run).toMatchObject({ command: "dev", run: "r1" });
  expect(passes).toHaveLength(3);
  const [first, second, third] = passes.map(({ stories }) => stories);
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
  expect(JSON.stringify(passes)).not.toMatch(/hunter2|horse|sealed:/);
});

test.each(["acme/web", "build:acme/web"])("an artifact is asked for as %s", async (subject) => {
  const { passes } = explained(explain(await logOfSession(), subject));
  expect(passes.flatMap(({ stories }) => stories.map(({ task }) => task))).toContain("build:acme/web");
  expect(JSON.stringify(passes)).not.toContain("apply:");
});

test.each(["deployment/web", "Deployment/default/web", "apps/Deployment/default/web"])(
  "an object is asked for as %s",
  async (subject) => {
    const { passes } = explained(explain(await logOfSession(), subject));
    expect(new Set(passes.flatMap(({ stories }) => stories.map(({ task }) => task)))).toEqual(
      new Set(["apply:apps/Deployment/default/web"]),
    );
  },
);

test.each(["src/main.go", "main.go", "/home/me/shop/src/main.go"])("a file is asked for as %s", async (subject) => {
  const { passes } = explained(explain(await logOfSession(), subject));
  expect(passes).toHaveLength(1);
  expect(passes[0]?.paths.map(({ verdicts }) => verdicts)).toEqual([
    [{ kind: "rebuild", artifact: "acme/web", rule: "Dockerfile:7" }],
  ]);
  expect(passes[0]?.stories.map(({ task }) => task)).toEqual(["build:acme/web"]);
});

test("a file that led to nothing has its rule", async () => {
  const { passes } = explained(explain(await logOfSession(), "notes.txt"));
  expect(passes[0]?.paths[0]?.verdicts).toEqual([{ kind: "ignored", rule: ".dockerignore:1" }]);
});

test("a name that means nothing gets the nearest that does", async () => {
  expect(explain(await logOfSession(), "acme/wed")).toEqual({
    kind: "unknown",
    subject: "acme/wed",
    nearest: "acme/web",
  });
});

test("the same inputs with another image are told as such, also against an earlier run", async () => {
  const planned = (key: string): Event => ({
    type: "task-planned",
    task: "build:web",
    kind: "build",
    verdict: { kind: "stale", reason: "gone", changes: [], detail: "no image" },
    key,
  });
  const ended = (output: string): Event => ({
    type: "task-ended",
    task: "build:web",
    kind: "build",
    outcome: "done",
    seconds: 1,
    output,
  });
  const stamp = (events: readonly Event[]) => events.map((event, at) => ({ at, event }));
  const { passes } = explained(
    explain(stamp([planned("k"), ended("digest 2")]), undefined, stamp([planned("k"), ended("digest 1")])),
  );
  expect(passes[0]?.stories[0]).toMatchObject({ result: "other", sameKey: true });
});

test("a log that was cut, or is empty, is explained as far as it goes", async () => {
  const log = await logOfSession();
  for (let end = 0; end <= log.length; end++) expect(explain(log.slice(0, end)).kind).toBe("explained");
});
