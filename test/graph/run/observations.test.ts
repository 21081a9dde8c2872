/** What observations over files gave is kept exactly as long as it holds, whatever happens in between. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Failure } from "../../../src/diag/failure.ts";
import { InputsChanged } from "../../../src/graph/inputs-changed.ts";
import type { ChangedPath, PassRequest, PassResult } from "../../../src/graph/request.ts";
import type { ActTask, ObserveContext, ObserveTask, Task, Watch } from "../../../src/graph/task.ts";
import { graphSession } from "../../rig/graph-session.ts";
import { settle } from "../random-graph.ts";

const { signal } = new AbortController();
const request = (tasks: readonly Task[], more: Partial<PassRequest> = {}): PassRequest => ({
  tasks,
  signal,
  onFailure: "continue",
  ...more,
});
const paths = (...changed: readonly (string | ChangedPath)[]) => ({
  changes: { paths: changed.map((path) => (typeof path === "string" ? { path } : path)) },
});

function watching(...files: readonly string[]): Watch {
  return {
    roots: ["/w"],
    files: [],
    judge: (path) => (files.includes(path) ? { rule: "counts", changes: true } : undefined),
  };
}

/** Counts `files`; its output is what `read` gives at the end of each look. */
function look(
  id: string,
  files: readonly string[],
  read: (ctx: ObserveContext) => Promise<string> | string,
): ObserveTask {
  return {
    id,
    kind: "hash",
    mode: "observe",
    over: { roots: ["/w"], files: [] },
    deps: [],
    async run(_inputs, ctx) {
      await ctx.watch(watching(...files));
      return read(ctx);
    },
  };
}

function act(id: string, dep: string, run: ActTask["run"] = async () => `${id} done`): ActTask {
  return { id, kind: "build", mode: "act", deps: [dep], keyParts: (inputs) => ({ [dep]: inputs.get(dep) }), run };
}

test("only what a changed path counts for is looked at again, and the plan says so", async () => {
  const { executor, started, events } = graphSession();
  const tasks = [look("a", ["/w/a"], () => "a"), look("b", ["/w/b"], () => "b"), act("build", "b")];
  await executor.pass(request(tasks));
  await executor.pass(request(tasks, paths("/w/a", "/w/notes")));
  expect(started().sort()).toEqual(["a", "a", "b", "build"]);
  const planned = events.flatMap((event) => (event.type === "task-planned" ? [[event.task, event.verdict.kind]] : []));
  expect(planned.slice(3)).toEqual([
    ["a", "observe"],
    ["b", "kept"],
    ["build", "fresh"],
  ]);
});

test("lost events, and a request that knows no changes, leave nothing in force", async () => {
  const { executor, started } = graphSession();
  const tasks = [look("a", ["/w/a"], () => "a")];
  await executor.pass(request(tasks));
  await executor.pass(request(tasks, paths()));
  expect(started()).toEqual(["a"]);
  await executor.pass(request(tasks));
  expect(started()).toEqual(["a", "a"]);
  await executor.pass(request(tasks, { changes: { paths: [], lost: true } }));
  expect(started()).toEqual(["a", "a", "a"]);
});

test.each([true, false])("a pass that is made again looks again where it has to (watched: %p)", async (watched) => {
  const { executor, started } = graphSession();
  let tries = 0;
  const build = act("build", "a", async () => {
    if (++tries === 1) throw new InputsChanged("build", ["a"]);
    return "built";
  });
  const tasks = [look("a", ["/w/a"], () => "a"), look("b", ["/w/b"], () => "b"), build];
  const changes = watched ? { changes: { paths: [], lost: true as const } } : {};
  expect((await executor.pass(request(tasks, changes))).outcome).toBe("done");
  expect(started().sort()).toEqual(["a", "a", "b", ...(watched ? [] : ["b"]), "build", "build"]);
});

test("an observation over places is made in every pass", async () => {
  const { executor, started } = graphSession();
  const engine: ObserveTask = { id: "engine", kind: "look", mode: "observe", deps: [], run: async () => "seen" };
  await executor.pass(request([engine]));
  await executor.pass(request([engine], paths()));
  expect(started()).toEqual(["engine", "engine"]);
});

test("an absorbed path leaves the output in force until another one counts; then both are looked at", async () => {
  const { executor, started, events } = graphSession();
  const seen: unknown[] = [];
  const tasks = [
    look("a", ["/w/page", "/w/main.go"], ({ before }) => {
      seen.push(before && [...before.changed].sort());
      return "a";
    }),
  ];
  await executor.pass(request(tasks));
  await executor.pass(request(tasks, paths({ path: "/w/page", absorbedBy: ["a"] })));
  expect(started()).toEqual(["a"]);
  expect(events.findLast((event) => event.type === "task-planned")).toMatchObject({
    verdict: { kind: "kept", absorbed: 1 },
  });
  await executor.pass(request(tasks, paths("/w/main.go")));
  await executor.pass(request(tasks, paths({ path: "/w/page", absorbedBy: ["another"] })));
  await executor.pass(request(tasks, { changes: { paths: [], again: ["a"] } }));
  expect(seen).toEqual([undefined, ["/w/main.go", "/w/page"], ["/w/page"], []]);
});

test("an output whose dependency gave something else is not used", async () => {
  const { executor, started } = graphSession();
  let engine = "one";
  const place: ObserveTask = { id: "engine", kind: "look", mode: "observe", deps: [], run: async () => engine };
  const tasks = [place, { ...look("a", ["/w/a"], () => "a"), deps: ["engine"] }];
  await executor.pass(request(tasks));
  await executor.pass(request(tasks, paths()));
  expect(started()).toEqual(["engine", "a", "engine"]);
  engine = "two";
  await executor.pass(request(tasks, paths()));
  expect(started().slice(3)).toEqual(["engine", "a"]);
});

test("a file that is still as the look left it leads to nothing, also where its event comes during the look", async () => {
  const { executor, started } = graphSession();
  const left = new Map<string, number>();
  const stamps = new Map([["/w/made", 0]]);
  const part = (path: string, changes: boolean) => (path === "/w/made" ? { rule: "k8s", changes } : undefined);
  const gate = Promise.withResolvers<void>();
  const task: ObserveTask = {
    ...look("render", [], () => ""),
    async run(_inputs, ctx) {
      // It reads its files again before it ends.
      await ctx.watch({ roots: ["/w"], files: [], judge: (path) => part(path, false) });
      await gate.promise;
      for (const [path, stamp] of stamps) left.set(path, stamp);
      await ctx.watch({ roots: ["/w"], files: [], judge: (path) => part(path, left.get(path) !== stamps.get(path)) });
      return "rendered";
    },
  };
  const first = executor.pass(request([task]));
  await settle();
  stamps.set("/w/made", 1);
  const second = executor.pass(request([task], paths("/w/made")));
  await settle();
  gate.resolve();
  expect([(await first).outcome, (await second).outcome]).toEqual(["superseded", "done"]);
  await executor.pass(request([task], paths("/w/made")));
  expect(started()).toEqual(["render"]);
  stamps.set("/w/made", 2);
  expect(executor.concerned("/w/made")).toEqual([{ task: "render", kind: "hash", rule: "k8s", changes: true }]);
  await executor.pass(request([task], paths("/w/made")));
  expect(started()).toEqual(["render", "render"]);
});

test("what is watched is said before the look, and known also where the look fails", async () => {
  const { executor, started } = graphSession();
  const watched: string[] = [];
  let broken = true;
  const task = look("a", ["/w/a"], () => {
    expect(watched).toEqual(["/w"]);
    if (broken) throw new Failure("a syntax error");
    return "a";
  });
  const watch = async ({ roots }: { readonly roots: readonly string[] }) => void watched.push(...roots);
  await executor.pass(request([task], { watch }));
  expect(executor.concerned("/w/a").map(({ task: id }) => id)).toEqual(["a"]);
  expect(executor.concerned("/w/b")).toEqual([]);
  expect([...executor.watched()]).toEqual([["a", { roots: ["/w"], files: [] }]]);
  broken = false;
  watched.length = 0;
  await executor.pass(request([task], { ...paths("/w/b"), watch }));
  expect(started()).toEqual(["a", "a"]);
});

test("before the first look everything below its roots counts; a task that is gone counts for nothing", async () => {
  const { executor } = graphSession();
  const gate = Promise.withResolvers<string>();
  const task: ObserveTask = { ...look("a", [], () => ""), run: () => gate.promise };
  const pass = executor.pass(request([task]));
  await settle();
  expect(executor.concerned("/w/any")).toHaveLength(1);
  expect(executor.concerned("/elsewhere")).toEqual([]);
  gate.resolve("a");
  await pass;
  await executor.pass(request([look("b", ["/w/b"], () => "b")], paths()));
  expect(executor.concerned("/w/any")).toEqual([]);
  expect(executor.concerned("/w/b").map(({ task: id }) => id)).toEqual(["b"]);
});

test("until a look says more, the one before it knows what counts", async () => {
  const { executor } = graphSession();
  const gate = Promise.withResolvers<void>();
  await executor.pass(request([look("a", ["/w/a"], () => "a")]));
  const slow: ObserveTask = {
    ...look("a", [], () => ""),
    async run(_inputs, ctx) {
      await gate.promise;
      await ctx.watch(watching("/w/a", "/w/b"));
      return "ab";
    },
  };
  const pass = executor.pass(request([slow], paths("/w/a")));
  await settle();
  expect(executor.concerned("/w/b")).toEqual([]);
  gate.resolve();
  await pass;
  expect(executor.concerned("/w/b")).toHaveLength(1);
});

test("a run of an older pass whose inputs changed says nothing of what a newer pass has seen", async () => {
  const { executor, started } = graphSession();
  const changed = Promise.withResolvers<string>();
  let nth = 0;
  const build = act("build", "a", (_inputs) => (nth++ === 0 ? changed.promise : Promise.resolve("built")));
  const second = Promise.withResolvers<string>();
  const tasks = (of: Promise<string>) => [look("a", ["/w/a"], () => of), build];
  const first = executor.pass(request(tasks(Promise.resolve("a"))));
  await settle();
  const pass = executor.pass(request(tasks(second.promise), paths("/w/a")));
  await settle();
  changed.reject(new InputsChanged("build", ["a"]));
  await settle();
  second.resolve("a");
  expect([(await first).outcome, (await pass).outcome]).toEqual(["superseded", "done"]);
  expect(started()).toEqual(["a", "build", "a", "build"]);
});

test("only an observation over files may watch files", async () => {
  const { executor } = graphSession();
  const { over: _, ...place } = look("a", ["/w/a"], () => "a");
  const result = await executor.pass(request([place]));
  expect(result.failed[0]?.diagnostics[0]?.message).toContain("a watches files, but is no observation over files");
});

// Random sessions.

const files = ["/w/0", "/w/1", "/w/2", "/w/3"] as const;
const taskIds = ["look:0", "look:1", "look:2"] as const;

interface Play {
  /** Which files count for each look. */
  readonly counts: readonly (readonly string[])[];
  /** Looks that say what they watch only at their end. */
  readonly late: readonly boolean[];
  readonly steps: readonly Step[];
}

type Step =
  | { readonly do: "edit"; readonly file: number }
  | { readonly do: "pass"; readonly absorbing: readonly number[]; readonly want: number | undefined }
  | { readonly do: "lost" }
  | { readonly do: "end"; readonly which: number; readonly how: "done" | "failed" | "changed" };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("edit" as const), file: fc.nat(files.length - 1) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      absorbing: fc.array(fc.nat(taskIds.length - 1), { maxLength: 2 }),
      want: fc.option(fc.nat(taskIds.length - 1), { nil: undefined, freq: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("lost" as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("end" as const),
      which: fc.nat(),
      how: fc.constantFrom("done" as const, "done" as const, "done" as const, "failed" as const, "changed" as const),
    }),
  },
);

const anyPlay: fc.Arbitrary<Play> = fc.record({
  counts: fc.tuple(...taskIds.map(() => fc.subarray([...files], { minLength: 1 }))),
  late: fc.tuple(...taskIds.map(() => fc.boolean())),
  steps: fc.array(anyStep, { minLength: 4, maxLength: 40 }),
});

/** Plays the steps against a model that knows, for each look, whether its last output holds and what it has to have seen. */
async function play({ counts, late, steps }: Play) {
  const versions = new Map<string, number>(files.map((file) => [file, 0]));
  const versionOf = (file: string) => versions.get(file) ?? 0;
  const undelivered = new Set<string>();
  const model = taskIds.map(() => ({ holds: false, mustHave: new Map<string, number>(), looking: 0, touched: false }));
  const running = new Map<string, (how: "done" | "failed" | "changed") => void>();
  const session = graphSession();
  const countedBy = (i: number) => counts[i] ?? [];

  const lookTask = (id: string, i: number): ObserveTask => ({
    id,
    kind: "hash",
    mode: "observe",
    over: { roots: ["/w"], files: [] },
    deps: [],
    async run(_inputs, ctx) {
      const state = model[i];
      if (state === undefined) throw new Error("no such look");
      expect(state.holds).toBe(false);
      state.touched = false;
      state.looking++;
      const mine = countedBy(i);
      if (ctx.before) {
        const old = ctx.before.output as Record<string, number>;
        for (const file of mine)
          if (old[file] !== versionOf(file)) expect([...ctx.before.changed, ...undelivered]).toContain(file);
      }
      const seen: Record<string, number> = {};
      if (!late[i]) await ctx.watch(watching(...mine));
      // Half of the files are read at the beginning, the others at the end.
      for (const file of mine.filter((_, n) => n % 2 === 0)) seen[file] = versionOf(file);
      try {
        await new Promise<void>((resolve, reject) => {
          running.set(id, (how) => (how === "failed" ? reject(new Failure("failed")) : resolve()));
          ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason));
        });
      } finally {
        running.delete(id);
        state.looking--;
      }
      for (const file of mine.filter((_, n) => n % 2 === 1)) seen[file] = versionOf(file);
      if (late[i]) await ctx.watch(watching(...mine));
      state.holds = !state.touched;
      return seen;
    },
  });
  const buildTask = (i: number): ActTask =>
    act(
      `build:${i}`,
      `look:${i}`,
      (_inputs, ctx) =>
        new Promise((resolve, reject) => {
          const id = `build:${i}`;
          const leave = () => running.delete(id);
          running.set(id, (how) => {
            leave();
            const state = model[i];
            if (how === "changed" && state) state.holds = false;
            if (how === "done") resolve("built");
            else reject(how === "changed" ? new InputsChanged(id, ["x"]) : new Failure("failed"));
          });
          ctx.signal.addEventListener("abort", () => {
            leave();
            reject(ctx.signal.reason);
          });
        }),
    );
  const tasks = (): Task[] => [...taskIds.map(lookTask), ...taskIds.map((_, i) => buildTask(i))];

  const results: Promise<PassResult>[] = [];
  const pass = (absorbing: readonly number[], want: number | undefined, lost = false) => {
    const changed = [...undelivered];
    undelivered.clear();
    for (const [i, state] of model.entries()) {
      const mine = changed.filter((file) => countedBy(i).includes(file));
      // A look that says late what it watches is judged by what it says.
      if (lost || mine.length > 0) state.touched = true;
      if (!lost && (mine.length === 0 || absorbing.includes(i))) continue;
      state.holds = false;
      for (const file of countedBy(i)) state.mustHave.set(file, versionOf(file));
    }
    const absorbedBy = absorbing.map((i) => `look:${i}`);
    const known = { changes: { paths: changed.map((path) => ({ path, absorbedBy })) } };
    results.push(
      session.executor.pass(
        request(tasks(), {
          ...(lost ? { changes: { paths: [], lost } } : known),
          ...(want === undefined ? {} : { wanted: [`build:${want}`] }),
        }),
      ),
    );
  };

  pass([], undefined, true);
  await settle();
  for (const step of steps) {
    if (step.do === "edit") {
      const file = files[step.file] ?? files[0];
      versions.set(file, versionOf(file) + 1);
      undelivered.add(file);
    } else if (step.do === "pass") pass(step.absorbing, step.want);
    else if (step.do === "lost") pass([], undefined, true);
    else {
      const ids = [...running.keys()];
      if (ids.length > 0) running.get(ids[step.which % ids.length] ?? "")?.(step.how);
    }
    await settle();
  }
  // Everything is told, and everything that is wanted is done.
  pass([], undefined);
  await settle();
  while (running.size > 0) {
    for (const end of [...running.values()]) end("done");
    await settle();
  }
  const all = await Promise.all(results);
  return { last: all.at(-1), model, versionOf, countedBy, session };
}

test("after any session every look has seen what it must have, and none was made while its output held", async () => {
  await fc.assert(
    fc.asyncProperty(anyPlay, async (game) => {
      const { last, model, versionOf, countedBy } = await play(game);
      expect(last?.failed).toEqual([]);
      expect(last?.outcome).toBe("done");
      for (const [i, { mustHave }] of model.entries()) {
        const output = last?.outputs.get(`look:${i}`) as Record<string, number>;
        for (const file of countedBy(i)) {
          expect(output[file]).toBeGreaterThanOrEqual(mustHave.get(file) ?? 0);
          expect(output[file]).toBeLessThanOrEqual(versionOf(file));
        }
      }
    }),
    { numRuns: 500 },
  );
});

test("where nothing is absorbed the outputs are the files as they are", async () => {
  await fc.assert(
    fc.asyncProperty(anyPlay, async (game) => {
      const steps = game.steps.map((step) => (step.do === "pass" ? { ...step, absorbing: [] } : step));
      const { last, versionOf, countedBy } = await play({ ...game, steps });
      for (const i of taskIds.keys())
        expect(last?.outputs.get(`look:${i}`)).toEqual(
          Object.fromEntries(countedBy(i).map((file) => [file, versionOf(file)])),
        );
    }),
    { numRuns: 300 },
  );
});
