/** What holds of every pass over every graph, whatever starts first and whatever fails. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Event } from "../../src/event/event.ts";
import { taskKey } from "../../src/graph/plan/key.ts";
import { graphSession } from "../rig/graph-session.ts";
import {
  anyGraph,
  anyVersions,
  expectedOutput,
  expectedParts,
  type GraphSpec,
  isRecorded,
  kinds,
  nodeOf,
  type Run,
  settle,
  tasksOf,
  type Versions,
  type World,
} from "./random-graph.ts";

const { signal } = new AbortController();
const limits = { hash: 2, build: 1, deliver: 3 };

/** Plays one pass; `choices` decide which task starts, which running one ends next, and how. */
async function play(graph: GraphSpec, versions: Versions, choices: readonly number[], onFailure: "stop" | "continue") {
  let next = 0;
  const choose = (of: number) => (choices[next++ % Math.max(1, choices.length)] ?? 0) % of;
  const done = new Set<string>();
  const starts: string[] = [];
  const world: World = {
    running: new Set<Run>(),
    onStart(run, inputs) {
      starts.push(run.id);
      const node = nodeOf(graph, run.id);
      for (const dep of node.deps) {
        expect(done).toContain(dep);
        expect(inputs.get<string>(dep)).toBe(expectedOutput(graph, dep, versions));
      }
      for (const kind of kinds) {
        const count = [...world.running].filter(({ id }) => nodeOf(graph, id).kind === kind).length;
        expect(count).toBeLessThanOrEqual(limits[kind as keyof typeof limits] ?? Number.POSITIVE_INFINITY);
      }
    },
    onEnd: () => undefined,
  };
  const session = graphSession({
    limits,
    // Half of the plays start tasks in the order of a real session.
    ...(choose(2) === 0 ? {} : { pick: (startable) => choose(startable.length) }),
    emit(event: Event) {
      session.events.push(event);
      if (event.type === "task-ended" && event.outcome === "done") done.add(event.task);
      if (event.type === "task-planned" && event.verdict.kind === "fresh") done.add(event.task);
    },
  });
  const pass = session.executor.pass({ tasks: tasksOf(graph, versions, 0, world), signal, onFailure });
  await settle();
  while (world.running.size > 0) {
    const run = [...world.running][choose(world.running.size)];
    run?.end(choose(6) === 0 ? "failed" : "done");
    await settle();
  }
  return { result: await pass, session, starts };
}

const choices = fc.array(fc.nat(1000), { minLength: 1, maxLength: 30 });
const versions = anyVersions(1).map(([first]) => first ?? {});

test("no task runs before its inputs, none twice, none beyond its limit, and all that can be done is done", async () => {
  await fc.assert(
    fc.asyncProperty(anyGraph, versions, choices, async (graph, world, order) => {
      const { result, session, starts } = await play(graph, world, order, "continue");
      expect(new Set(starts).size).toBe(starts.length);
      const ends = session.ends();
      for (const node of graph) {
        const lost = node.deps.some((dep) => !result.outputs.has(dep));
        const known = node.expandedBy === undefined || result.outputs.has(node.expandedBy);
        if (lost) expect(ends[node.id]).toBe(known ? "skipped" : undefined);
        else if (ends[node.id] !== "failed")
          expect(result.outputs.get(node.id)).toBe(expectedOutput(graph, node.id, world));
      }
      expect(result.outcome).toBe(result.failed.length > 0 ? "failed" : "done");
    }),
    { numRuns: 300 },
  );
});

test("equal work is done once, however many ids it has", async () => {
  await fc.assert(
    fc.asyncProperty(anyGraph, versions, choices, async (graph, world, order) => {
      const { starts, result } = await play(graph, world, order, "continue");
      fc.pre(result.outcome === "done");
      const keyOf = (id: string) => taskKey(nodeOf(graph, id).kind, expectedParts(graph, id, world));
      const acts = starts.filter((id) => isRecorded(nodeOf(graph, id))).map(keyOf);
      expect(new Set(acts).size).toBe(acts.length);
      expect(result.outputs.size).toBe(graph.length);
    }),
    { numRuns: 200 },
  );
});

test("after the first failure nothing more starts where the pass is to stop", async () => {
  await fc.assert(
    fc.asyncProperty(anyGraph, versions, choices, async (graph, world, order) => {
      const { session } = await play(graph, world, order, "stop");
      const failed = session.events.findIndex((event) => event.type === "task-ended" && event.outcome === "failed");
      if (failed >= 0) expect(session.events.slice(failed).some((event) => event.type === "task-started")).toBe(false);
    }),
    { numRuns: 150 },
  );
});

test("a second pass over the same world runs no act", async () => {
  await fc.assert(
    fc.asyncProperty(anyGraph, versions, async (graph, world) => {
      const session = graphSession();
      const started: Run[] = [];
      const ending: World = {
        running: new Set(),
        onStart(run) {
          started.push(run);
          queueMicrotask(() => run.end("done"));
        },
        onEnd: () => undefined,
      };
      const pass = () => session.executor.pass({ tasks: tasksOf(graph, world, 0, ending), signal, onFailure: "stop" });
      await pass();
      started.length = 0;
      const again = await pass();
      expect(again.outcome).toBe("done");
      const runs = started.map(({ id }) => nodeOf(graph, id).mode);
      // Nothing is known of the files, so that each is looked at; what is derived for a session is known in it.
      expect(runs.filter((mode) => mode === "act" || mode === "derive")).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
