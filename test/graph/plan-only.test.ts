/** Planning without doing: looks and derives run, acts are judged, and what rests on their results is known but for it. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { RecordSource } from "../../src/graph/plan/record-source.ts";
import type { PassRequest } from "../../src/graph/request.ts";
import type { ActTask, DeriveTask, ObserveTask, Task } from "../../src/graph/task.ts";
import type { Json } from "../../src/std/data/json.ts";
import { graphSession } from "../rig/graph-session.ts";
import { anyGraph, anyVersions, expectedOutput, nodeOf, type Run, tasksOf, type World } from "./random-graph.ts";

const { signal } = new AbortController();
const request = (tasks: readonly Task[], more: Partial<PassRequest> = {}): PassRequest => ({
  tasks,
  signal,
  onFailure: "stop",
  ...more,
});

function look(id: string, deps: string[], output: () => Json, more: Partial<ObserveTask> = {}): ObserveTask {
  return { id, kind: "look", mode: "observe", deps, run: async () => output(), ...more };
}

function act(id: string, deps: string[], more: Partial<ActTask> = {}): ActTask {
  return {
    id,
    kind: id.split(":")[0] ?? "",
    mode: "act",
    deps,
    keyParts: (inputs) => Object.fromEntries(deps.map((dep) => [dep, inputs.get(dep)])),
    run: async () => `${id} done`,
    ...more,
  };
}

/** Two images, an object with both, and one that comes after it without seeing anything of it. */
function shop(files: { web: string; api: string }): Task[] {
  const build = (name: string) =>
    act(`build:${name}`, [`hash:${name}`], {
      run: async (inputs) => ({ id: `image of ${inputs.get(`hash:${name}`)}` }),
      foresee: (_inputs, pending) => ({ id: pending }),
    });
  const idOf = (inputs: { get<T extends Json>(id: string): T }, name: string) =>
    inputs.get<{ id: string }>(`build:${name}`).id;
  const render: DeriveTask = {
    id: "render",
    kind: "render",
    mode: "derive",
    deps: [],
    keyParts: () => ({ manifests: 1 }),
    run: async () => "web and api",
  };
  return [
    look("hash:web", [], () => files.web),
    look("hash:api", [], () => files.api),
    build("web"),
    build("api"),
    look("nodes", ["build:web"], () => "asked for the image"),
    render,
    look("text", ["render", "build:web"], () => "printed", {
      onForeseen: true,
      run: async (inputs) => `${inputs.get("render")} with ${idOf(inputs, "web")}`,
    }),
    act("apply:shop", ["render", "build:web", "build:api"], {
      keyParts: (inputs) => ({
        object: inputs.get("render"),
        images: { web: idOf(inputs, "web"), api: idOf(inputs, "api") },
      }),
      valid: () => ({ valid: true, proof: "the cluster has it" }),
    }),
    act("apply:other", ["apply:shop"], { keyParts: () => ({ object: "other" }) }),
    act("wait:shop", ["apply:shop"]),
  ];
}

test("nothing is done, everything is judged, and an object is known but for the image that is not built yet", async () => {
  const session = graphSession();
  const { executor, started } = session;
  await executor.pass(request(shop({ web: "v1", api: "v1" })));
  const before = started().length;
  const { outcome, verdicts, outputs } = await executor.pass(
    request(shop({ web: "v2", api: "v1" }), { planOnly: true }),
  );
  expect(outcome).toBe("done");
  expect(started().slice(before).sort()).toEqual(["hash:api", "hash:web", "text"]);
  expect(verdicts.get("build:web")).toEqual({
    kind: "stale",
    reason: "changed",
    changes: [{ kind: "changed", path: "hash:web", was: "v1", now: "v2" }],
  });
  expect(verdicts.get("build:api")).toMatchObject({ kind: "fresh" });
  expect(verdicts.get("apply:shop")).toEqual({
    kind: "stale",
    reason: "changed",
    changes: [{ kind: "changed", path: "images.web", was: "image of v1", now: "<result of build:web>" }],
  });
  expect(verdicts.get("apply:other")).toMatchObject({ kind: "fresh" });
  expect(outputs.get("text")).toBe("web and api with <result of build:web>");
  // What was planned is done afterwards, and only that.
  await executor.pass(request(shop({ web: "v2", api: "v1" })));
  const acts = started()
    .slice(before)
    .filter((id) => /^(build|apply|wait)/.test(id));
  expect(acts).toEqual(["build:web", "apply:shop"]);
});

test("a plan from nothing runs what looks and what derives", async () => {
  const { executor, started } = graphSession();
  const { outcome, verdicts } = await executor.pass(request(shop({ web: "v1", api: "v1" }), { planOnly: true }));
  expect(outcome).toBe("done");
  expect(started().sort()).toEqual(["hash:api", "hash:web", "render", "text"]);
  for (const id of ["build:web", "build:api", "apply:shop", "apply:other", "wait:shop"])
    expect(verdicts.get(id)).toMatchObject({ kind: "stale", reason: "never-run" });
});

test("what a look over results that are to be made would show is not looked at, nor expanded", async () => {
  const { executor, started } = graphSession();
  const tasks = [
    act("build", [], { expand: () => [act("from build", [])] }),
    { ...look("nodes", ["build"], () => 1), expand: () => [act("more", ["nodes"])] },
    act("deliver", ["nodes"]),
  ];
  const { verdicts } = await executor.pass(request(tasks, { planOnly: true }));
  expect(started()).toEqual([]);
  expect([...verdicts.keys()].sort()).toEqual(["build", "deliver", "nodes"]);
});

test("others are asked for what can be known, and for nothing that rests on what is yet to be made", async () => {
  const asked: string[] = [];
  const source: RecordSource = {
    name: "the cache",
    find: async ({ task }) => {
      asked.push(task);
      return task === "known" ? [{ output: "from afar", seconds: 1 }] : [];
    },
  };
  const { executor } = graphSession({ sources: [source] });
  const shared = (id: string, deps: string[]) => act(id, deps, { sharedKeyParts: () => ({ id }) });
  const tasks = [shared("known", []), shared("stale", ["known"]), shared("after", ["stale"])];
  const { verdicts } = await executor.pass(request(tasks, { planOnly: true }));
  expect(asked).toEqual(["known", "stale"]);
  expect([...verdicts.values()].map(({ kind }) => kind)).toEqual(["fresh", "stale", "stale"]);
});

test("over any graph a plan does nothing, and says of every act what a run then does", async () => {
  await fc.assert(
    fc.asyncProperty(anyGraph, anyVersions(2), async (graph, [first = {}, second = {}]) => {
      // Without stops of the wave every stale task makes what rests on it stale.
      const plain = graph.map((node) => ({
        ...node,
        constant: false,
        anonymous: false,
        expandedBy: undefined,
        lasts: true,
      }));
      const session = graphSession();
      const ending: World = {
        running: new Set<Run>(),
        onStart: (run) => queueMicrotask(() => run.end("done")),
        onEnd: () => undefined,
      };
      const pass = (versions: typeof first, planOnly: boolean) =>
        session.executor.pass(request(tasksOf(plain, versions, 0, ending), { planOnly }));
      await pass(first, false);
      const before = session.started().length;
      const plan = await pass(second, true);
      const planned = session.started().slice(before);
      expect(planned.filter((id) => nodeOf(plain, id).mode === "act")).toEqual([]);
      const after = session.started().length;
      const run = await pass(second, false);
      const acts = session
        .started()
        .slice(after)
        .filter((id) => nodeOf(plain, id).mode === "act");
      const stale = plain.filter(({ id, mode }) => mode === "act" && plan.verdicts.get(id)?.kind === "stale");
      expect(new Set(acts)).toEqual(new Set(stale.map(({ id }) => id)));
      for (const { id } of plain) expect(run.outputs.get(id)).toBe(expectedOutput(plain, id, second));
    }),
    { numRuns: 300 },
  );
});
