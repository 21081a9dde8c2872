/** Results of others: asked for where this machine has none, used where they are alive, and never waited for in vain. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Failure } from "../../../src/diag/failure.ts";
import type { RecordSource, SharedQuestion } from "../../../src/graph/plan/record-source.ts";
import { isSealed, makeTeamSecret, sealer, teamKeys } from "../../../src/graph/plan/seal.ts";
import type { PassRequest } from "../../../src/graph/request.ts";
import type { ActTask, Task } from "../../../src/graph/task.ts";
import type { Json } from "../../../src/std/data/json.ts";
import { graphSession, memoryRecords } from "../../rig/graph-session.ts";
import { settle } from "../random-graph.ts";

const request = (tasks: readonly Task[], more: Partial<PassRequest> = {}): PassRequest => ({
  tasks,
  signal: new AbortController().signal,
  onFailure: "continue",
  ...more,
});

function build(id: string, more: Partial<ActTask> = {}): ActTask {
  return {
    id,
    kind: "build",
    mode: "act",
    deps: [],
    keyParts: () => ({ files: "a", secret: "sealed by this machine" }),
    sharedKeyParts: () => ({ files: "a", secret: "sealed by the team" }),
    run: async () => `${id} built here`,
    ...more,
  };
}

/** A cache of the team that answers when the test says so. */
function remote(results: Readonly<Record<string, readonly Json[]>>, name = "the team's cache") {
  const asked: SharedQuestion[] = [];
  const waiting: (() => void)[] = [];
  let left = 0;
  const source: RecordSource = {
    name,
    find: (question, signal) =>
      new Promise((resolve, reject) => {
        asked.push(question);
        signal.addEventListener("abort", () => {
          left++;
          reject(signal.reason);
        });
        waiting.push(() => resolve((results[question.task] ?? []).map((output) => ({ output, seconds: 7 }))));
      }),
  };
  return { source, asked, left: () => left, answer: () => waiting.splice(0).forEach((each) => void each()) };
}

async function until<T>(promise: Promise<T>, step: () => void): Promise<T> {
  let over = false;
  void promise.finally(() => {
    over = true;
  });
  while (!over) {
    step();
    await settle();
  }
  return promise;
}

test("a result of another machine is used where this one has none, and is known here from then on", async () => {
  const { source, asked, answer } = remote({ "build:web": ["image of another"] });
  const records = memoryRecords();
  const { executor, events, started } = graphSession({ records, sources: [source] });
  const result = await until(executor.pass(request([build("build:web")])), answer);
  expect(result.outputs.get("build:web")).toBe("image of another");
  expect(started()).toEqual([]);
  expect(events.findLast((event) => event.type === "task-planned")).toMatchObject({
    verdict: { kind: "fresh", proof: "same inputs, from the team's cache" },
  });
  expect(asked).toMatchObject([{ task: "build:web", kind: "build" }]);
  await executor.pass(request([build("build:web")]));
  expect(asked).toHaveLength(1);
  expect(records.last("build:web")?.parts).toMatchObject({ secret: "sealed by this machine" });
});

test("this machine's own records come first, and what cannot be shared or is forced is asked of nobody", async () => {
  const { source, asked, answer } = remote({ "build:web": ["other"], "build:own": ["other"] });
  const { executor, started } = graphSession({ sources: [source] });
  const { sharedKeyParts: _, ...own } = build("build:own", { keyParts: () => ({ own: 1 }) });
  await until(executor.pass(request([own])), answer);
  await until(executor.pass(request([build("build:web")], { forced: () => true })), answer);
  await until(executor.pass(request([build("build:web"), own])), answer);
  expect(asked).toEqual([]);
  expect(started()).toEqual(["build:own", "build:web"]);
});

test("several sources are asked in turn, and only what is alive counts", async () => {
  const first = remote({ "build:web": ["dead 1", "dead 2"] }, "first");
  const second = remote({ "build:web": ["dead 3", "alive"] }, "second");
  const { executor, events } = graphSession({ sources: [first.source, second.source] });
  const task = build("build:web", {
    valid: (output) => (output === "alive" ? { valid: true, proof: "it is there" } : { valid: false, reason: "gone" }),
  });
  const result = await until(executor.pass(request([task])), () => {
    first.answer();
    second.answer();
  });
  expect(result.outputs.get("build:web")).toBe("alive");
  expect(events.findLast((event) => event.type === "task-planned")).toMatchObject({
    verdict: { proof: "it is there, from second" },
  });
});

test("a source that cannot be asked costs a run and one notice", async () => {
  const broken: RecordSource = { name: "the cache", find: () => Promise.reject(new Failure("no route to it")) };
  const { executor, events, started } = graphSession({ sources: [broken] });
  expect((await executor.pass(request([build("build:web")]))).outcome).toBe("done");
  expect(started()).toEqual(["build:web"]);
  expect(events.filter((event) => event.type === "notice")).toMatchObject([
    { level: "warning", text: "results of others are not known: the cache: no route to it" },
  ]);
});

test("while others are asked the rest goes on; a cancelled, failing or superseded pass waits for no answer", async () => {
  const { source, left } = remote({});
  const controller = new AbortController();
  const session = graphSession({ sources: [source] });
  const { sharedKeyParts: _, ...other } = build("other", { keyParts: () => ({ other: 1 }) });
  const first = session.executor.pass(request([build("build:web"), other], { signal: controller.signal }));
  await settle();
  expect(session.ends()).toEqual({ other: "done" });
  const second = session.executor.pass(request([build("build:web"), other], { signal: controller.signal }));
  expect((await first).outcome).toBe("superseded");
  await settle();
  expect(left()).toBe(1);
  controller.abort();
  expect((await second).outcome).toBe("cancelled");
  expect(left()).toBe(2);
  const { sharedKeyParts: __, ...bad } = build("bad", {
    keyParts: () => ({ bad: 1 }),
    run: () => Promise.reject(new Failure("no")),
  });
  const third = await session.executor.pass(request([build("build:web"), bad], { onFailure: "stop" }));
  expect(third.outcome).toBe("failed");
  expect(left()).toBe(3);
  expect(session.ends()["build:web"]).toBe("skipped");
  expect(session.events.filter(({ type }) => type === "notice")).toEqual([]);
  expect(session.started()).not.toContain("build:web");
});

test("equal work that runs serves a task whose answer has not come, and the answer is not heard any more", async () => {
  const { source, answer } = remote({ "build:web": ["from afar"] });
  const session = graphSession({ sources: [source] });
  const gate = Promise.withResolvers<Json>();
  const own = (id: string, more: Partial<ActTask>): ActTask => {
    const { sharedKeyParts: _, ...task } = build(id, more);
    return task;
  };
  const slow = own("slow", { keyParts: () => ({ slow: 1 }), run: () => gate.promise });
  const pass = session.executor.pass(request([build("build:web"), own("twin", {}), slow]));
  await settle();
  expect(session.ends()).toEqual({ "build:web": "done", twin: "done" });
  answer();
  await settle();
  gate.resolve("slow");
  expect((await pass).outputs.get("build:web")).toBe("twin built here");
  expect(session.started().sort()).toEqual(["slow", "twin"]);
});

test("whatever the sources say and when, every task gets the result of its work once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ shared: fc.boolean(), known: fc.boolean(), after: fc.option(fc.nat()) }), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.array(fc.nat(2), { minLength: 1, maxLength: 20 }),
      async (specs, choices) => {
        const results = Object.fromEntries(specs.map(({ known }, i) => [`t${i}`, known ? [`t${i} from afar`] : []]));
        const { source, answer } = remote(results);
        const session = graphSession({ sources: [source] });
        const tasks = specs.map(({ shared, after }, i): ActTask => {
          const deps = after === null || i === 0 ? [] : [`t${after % i}`];
          const parts = (inputs: { get(id: string): Json }) => ({ i, deps: deps.map((dep) => inputs.get(dep)) });
          const { sharedKeyParts: _, ...own } = build(`t${i}`, { deps, keyParts: parts });
          return shared ? { ...own, sharedKeyParts: parts } : own;
        });
        let n = 0;
        const pass = () =>
          until(session.executor.pass(request(tasks)), () => {
            if (choices[n++ % choices.length] === 0 || n > 50) answer();
          });
        const { outcome, outputs } = await pass();
        expect(outcome).toBe("done");
        for (const [i, { shared, known }] of specs.entries())
          expect(outputs.get(`t${i}`)).toBe(shared && known ? `t${i} from afar` : `t${i} built here`);
        const started = session.started().length;
        await pass();
        expect(session.started()).toHaveLength(started);
      },
    ),
    { numRuns: 150 },
  );
});

test("a team's secret gives the same keys everywhere, others than any machine's, and hides what it seals", () => {
  const secret = makeTeamSecret();
  expect(makeTeamSecret()).not.toBe(secret);
  const [one, two] = [teamKeys(secret), teamKeys(secret)];
  expect(one.seal("hunter2")).toBe(two.seal("hunter2"));
  expect(isSealed(one.seal("hunter2"))).toBe(true);
  expect(one.seal("hunter2")).not.toBe(sealer(secret)("hunter2"));
  expect(one.seal("hunter2")).not.toBe(teamKeys(makeTeamSecret()).seal("hunter2"));
  expect(one.nameOf("key")).toBe(two.nameOf("key"));
  expect(one.nameOf("key")).not.toBe(teamKeys(makeTeamSecret()).nameOf("key"));
  expect(one.nameOf("key")).toMatch(/^[0-9a-f]{64}$/);
  for (const wrong of ["", "hunter2", secret.slice(0, -1), `${secret}0`, secret.toUpperCase()])
    expect(() => teamKeys(wrong)).toThrow("this is no secret of a team");
});
