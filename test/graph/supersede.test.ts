/** Saves while a pass runs: every interleaving of ends, saves and stops ends in what the last save asks for. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Key, taskKey } from "../../src/graph/plan/key.ts";
import type { PassResult } from "../../src/graph/request.ts";
import { Superseded } from "../../src/graph/run/superseded.ts";
import type { TaskId } from "../../src/graph/task.ts";
import { graphSession, slowRecords } from "../rig/graph-session.ts";
import {
  anyGraph,
  anyVersions,
  changesBetween,
  expectedOutput,
  expectedParts,
  type GraphSpec,
  isRecorded,
  nodeOf,
  type Run,
  settle,
  tasksOf,
  type Versions,
  type World,
} from "./random-graph.ts";

const passes = 4;

/** What is played: which passes come, what each wants, and what happens in between. */
interface Play {
  readonly graph: GraphSpec;
  readonly worlds: readonly Versions[];
  /** For each pass a task that it wants; absent: all. */
  readonly wanted: readonly (number | undefined)[];
  readonly choices: readonly number[];
  /** Passes before which events were lost. */
  readonly lost: readonly boolean[];
  /** Nothing that is to be recorded gets to the disk. */
  readonly refusing: boolean;
}

const anyPlay: fc.Arbitrary<Play> = fc.record({
  graph: anyGraph,
  worlds: anyVersions(passes),
  wanted: fc.array(fc.option(fc.nat(), { freq: 2, nil: undefined }), { minLength: passes, maxLength: passes }),
  choices: fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 }),
  lost: fc.array(
    fc.nat(3).map((n) => n === 0),
    { minLength: passes, maxLength: passes },
  ),
  refusing: fc.boolean(),
});

function keyIn(graph: GraphSpec, id: TaskId, world: Versions): Key {
  return taskKey(nodeOf(graph, id).kind, expectedParts(graph, id, world));
}

async function play({ graph, worlds, wanted, choices, lost, refusing }: Play, fail: boolean) {
  let next = 0;
  const choose = (of: number) => (choices[next++ % choices.length] ?? 0) % of;
  const controller = new AbortController();
  const done = new Map<string, number>();
  let current = -1;
  const world: World = {
    running: new Set<Run>(),
    onStart(run) {
      // Only the newest pass starts anything, and no id runs twice at once.
      expect(run.pass).toBe(current);
      expect([...world.running].filter(({ id }) => id === run.id)).toHaveLength(1);
      const node = nodeOf(graph, run.id);
      run.ctx.signal.addEventListener("abort", () => {
        if (controller.signal.aborted || fail) return;
        expect(node.uninterruptible).toBe(false);
        const mine = keyIn(graph, run.id, worlds[run.pass] ?? {});
        const roots = graph.filter(({ expandedBy }) => expandedBy === undefined);
        const want = wanted[current];
        const isWanted = want === undefined || reaches(graph, roots[want % roots.length]?.id ?? "", run.id);
        // What has a key is ended only because that is another one now, or because nobody wants it any more.
        if ((node.mode === "act" || node.mode === "derive") && isWanted)
          expect(keyIn(graph, run.id, worlds[current] ?? {})).not.toBe(mine);
      });
    },
    onEnd(run, how) {
      if (how !== "done" || !isRecorded(nodeOf(graph, run.id))) return;
      const work = `${run.id} ${keyIn(graph, run.id, worlds[run.pass] ?? {})}`;
      done.set(work, (done.get(work) ?? 0) + 1);
    },
  };
  const { records, waiting } = slowRecords(refusing);
  const session = graphSession({
    records,
    limits: { build: 1 },
    // Half of the plays start tasks in the order of a real session.
    ...(choose(2) === 0 ? {} : { pick: (startable: readonly unknown[]) => choose(startable.length) }),
  });
  const results: Promise<PassResult>[] = [];
  const ends: AbortController[] = [];
  const save = () => {
    // As a session does: the pass before is told before the new one comes.
    ends.at(-1)?.abort(new Superseded());
    const own = new AbortController();
    ends.push(own);
    current++;
    const want = wanted[current];
    const roots = graph.filter(({ expandedBy }) => expandedBy === undefined).map(({ id }) => id);
    results.push(
      session.executor.pass({
        tasks: tasksOf(graph, worlds[current] ?? {}, current, world),
        signal: AbortSignal.any([controller.signal, own.signal]),
        onFailure: "continue",
        changes: {
          ...changesBetween(graph, worlds[current - 1] ?? {}, worlds[current] ?? {}),
          ...(current === 0 || lost[current] ? { lost: true } : {}),
        },
        ...(want === undefined ? {} : { wanted: [roots[want % roots.length] ?? ""] }),
      }),
    );
  };
  save();
  await settle();
  while (world.running.size > 0 || current < passes - 1) {
    if (waiting.length > 0 && choose(3) === 0) waiting.shift()?.();
    else if (current < passes - 1 && (world.running.size === 0 || choose(3) === 0)) save();
    else [...world.running][choose(world.running.size)]?.end(fail && choose(4) === 0 ? "failed" : "done");
    await settle();
  }
  // The last pass ends once the disk has taken, or refused, everything.
  const ended = Promise.all(results);
  let over = false;
  void ended.finally(() => {
    over = true;
  });
  while (!over) {
    for (const write of waiting.splice(0)) write();
    await settle();
  }
  return { results: await ended, done, session, waiting, world };
}

/** Whether `from` needs `id`, directly or through others, or expands into it. */
function reaches(graph: GraphSpec, from: TaskId, id: TaskId): boolean {
  const seen = new Set([from]);
  for (const each of seen) {
    for (const dep of nodeOf(graph, each).deps) seen.add(dep);
    for (const child of graph) if (child.expandedBy === each) seen.add(child.id);
  }
  return seen.has(id);
}

test("the last save decides what comes out, and what is still right is neither ended nor done twice", async () => {
  await fc.assert(
    fc.asyncProperty(anyPlay, async (game) => {
      const { results, done } = await play(game, false);
      const last = results.at(-1);
      expect(last?.outcome).toBe("done");
      for (const [id, output] of last?.outputs ?? [])
        expect(output).toBe(expectedOutput(game.graph, id, game.worlds.at(-1) ?? {}));
      if (game.wanted.at(-1) === undefined) expect(last?.outputs.size).toBe(game.graph.length);
      for (const times of done.values()) expect(times).toBe(1);
      for (const { outcome } of results) expect(["done", "superseded"]).toContain(outcome);
    }),
    { numRuns: 400 },
  );
});

test("with failures, too, every pass ends, and a pass after them all does what is left", async () => {
  await fc.assert(
    fc.asyncProperty(anyPlay, async (game) => {
      const { session, world, waiting } = await play(game, true);
      const final = game.worlds.at(-1) ?? {};
      const ending: World = {
        ...world,
        onStart: (run) => queueMicrotask(() => run.end("done")),
        onEnd: () => undefined,
      };
      const { signal } = new AbortController();
      const tasks = tasksOf(game.graph, final, passes, ending);
      waiting.push = (...writes) => {
        for (const write of writes) queueMicrotask(write);
        return 0;
      };
      const result = await session.executor.pass({ tasks, signal, onFailure: "stop" });
      expect(result.outcome).toBe("done");
      for (const { id } of game.graph) expect(result.outputs.get(id)).toBe(expectedOutput(game.graph, id, final));
    }),
    { numRuns: 200 },
  );
});
