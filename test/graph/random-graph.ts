/**
 * Random graphs whose tasks do nothing until the test lets them end, and a model of what each must give: so that any
 * order of starts, ends, saves and cancellations can be played, checked at every step, and replayed from its seed.
 */
import fc from "fast-check";
import { Failure } from "../../src/diag/failure.ts";
import type { KnownChanges } from "../../src/graph/request.ts";
import type { Inputs, ObserveContext, Task, TaskContext, TaskId } from "../../src/graph/task.ts";

export interface NodeSpec {
  readonly id: TaskId;
  readonly kind: string;
  /** `watch`: an observation over one file of its own. */
  readonly mode: "observe" | "watch" | "derive" | "act";
  readonly deps: readonly TaskId[];
  /** Its output does not depend on what it was made from: a wave stops here. */
  readonly constant: boolean;
  readonly uninterruptible: boolean;
  /** Ends only when it is let, also after it was told to stop. */
  readonly slowToStop: boolean;
  /** What a derive task gives is good beyond the session. */
  readonly lasts: boolean;
  /** Its key does not name it: it meets others. */
  readonly anonymous: boolean;
  /** Added only when the task with this id is done. */
  readonly expandedBy: TaskId | undefined;
}

export type GraphSpec = readonly NodeSpec[];

/** What the world is like in one pass: a number for each task that looks at it or is made from its own settings. */
export type Versions = Readonly<Record<TaskId, number>>;

export const kinds = ["hash", "build", "deliver"] as const;

export const anyGraph: fc.Arbitrary<GraphSpec> = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      mode: fc.constantFrom("observe", "watch", "derive", "act", "act", "act"),
      lasts: fc.boolean(),
      deps: fc.array(fc.nat(), { maxLength: 3 }),
      constant: fc.boolean(),
      uninterruptible: fc.nat(5).map((n) => n === 0),
      slowToStop: fc.boolean(),
      anonymous: fc.nat(4).map((n) => n === 0),
      expands: fc.option(fc.nat(), { nil: undefined, freq: 3 }),
    }),
    { minLength: 1, maxLength: 9 },
  )
  .map((nodes) => {
    const graph: NodeSpec[] = [];
    for (const [i, node] of nodes.entries()) {
      const before = (n: number) => `t${n % i}`;
      const expandedBy = i > 0 && node.expands !== undefined ? before(node.expands) : undefined;
      const deps = new Set(i === 0 ? [] : node.deps.map(before));
      if (expandedBy !== undefined) deps.add(expandedBy);
      // Whoever depends on a task that comes by expansion depends on what it comes from, too.
      for (const dep of deps) {
        const origin = graph.find(({ id }) => id === dep)?.expandedBy;
        if (origin !== undefined) deps.add(origin);
      }
      graph.push({
        ...node,
        id: `t${i}`,
        mode: node.mode as NodeSpec["mode"],
        uninterruptible: node.uninterruptible && node.mode === "act",
        deps: [...deps],
        expandedBy,
      });
    }
    return graph;
  });

/** Versions for a number of passes: most of the world stays as it is from one to the next. */
export function anyVersions(passes: number): fc.Arbitrary<Versions[]> {
  return fc.array(
    fc.dictionary(
      fc.nat(8).map((n) => `t${n}`),
      fc.nat(2),
      { maxKeys: 3 },
    ),
    {
      minLength: passes,
      maxLength: passes,
    },
  );
}

/** What a task gives in a world. */
export function expectedOutput(graph: GraphSpec, id: TaskId, versions: Versions): string {
  const node = nodeOf(graph, id);
  if (node.constant) return `constant of ${workOf(node)}`;
  const deps = node.deps.map((dep) => expectedOutput(graph, dep, versions));
  return Bun.hash(`${workOf(node)} ${versions[id] ?? 0} ${deps.join(" ")}`).toString(36);
}

/** What a task's key is made of in a world. */
export function expectedParts(graph: GraphSpec, id: TaskId, versions: Versions) {
  const node = nodeOf(graph, id);
  const deps = node.deps.map((dep) => expectedOutput(graph, dep, versions));
  return { work: workOf(node), version: versions[id] ?? 0, deps };
}

/** Two anonymous tasks do the same work where they are made from the same. */
function workOf(node: NodeSpec): string {
  return node.anonymous ? `any ${node.constant}` : node.id;
}

export function nodeOf(graph: GraphSpec, id: TaskId): NodeSpec {
  const node = graph.find((each) => each.id === id);
  if (!node) throw new Error(`no node ${id}`);
  return node;
}

/** A task that runs now. */
export interface Run {
  readonly id: TaskId;
  readonly pass: number;
  readonly ctx: TaskContext;
  end(how: "done" | "failed"): void;
}

export interface World {
  readonly running: Set<Run>;
  /** Told before a run begins and after it has ended. */
  onStart(run: Run, inputs: Inputs): void;
  onEnd(run: Run, how: "done" | "failed" | "cancelled"): void;
}

/** The tasks of one pass over the graph. */
export function tasksOf(graph: GraphSpec, versions: Versions, pass: number, world: World): Task[] {
  const make = (node: NodeSpec): Task => {
    const children = graph.filter((each) => each.expandedBy === node.id);
    const base = {
      id: node.id,
      kind: node.kind,
      deps: node.deps,
      run: (inputs: Inputs, ctx: TaskContext) => runUntilLet(graph, node, versions, pass, world, inputs, ctx),
      ...(children.length === 0 ? {} : { expand: () => children.map(make) }),
    };
    const keyParts = (inputs: Inputs) => ({
      work: workOf(node),
      version: versions[node.id] ?? 0,
      deps: node.deps.map((dep) => inputs.get<string>(dep)),
    });
    switch (node.mode) {
      case "observe":
        return { ...base, mode: "observe" };
      case "watch":
        return { ...base, mode: "observe", over: fileOf(node.id), run: lookUntilLet(node.id, base.run) };
      case "derive":
        return { ...base, mode: "derive", keyParts, lasts: () => node.lasts };
      case "act":
        return { ...base, mode: "act", uninterruptible: node.uninterruptible, keyParts };
    }
  };
  return graph.filter((node) => node.expandedBy === undefined).map(make);
}

/** Whether what the task gives is recorded for good. */
export function isRecorded({ mode, lasts }: NodeSpec): boolean {
  return mode === "act" || (mode === "derive" && lasts);
}

/** What a watcher tells of the way from one world to the next. */
export function changesBetween(graph: GraphSpec, was: Versions, now: Versions): KnownChanges {
  const changed = graph.filter(({ id, mode }) => mode === "watch" && (was[id] ?? 0) !== (now[id] ?? 0));
  return { paths: changed.map(({ id }) => ({ path: `/w/${id}` })) };
}

function fileOf(id: TaskId) {
  return { roots: [], files: [`/w/${id}`] };
}

function lookUntilLet(id: TaskId, run: (inputs: Inputs, ctx: TaskContext) => Promise<string>) {
  return async (inputs: Inputs, ctx: ObserveContext) => {
    await ctx.watch({
      ...fileOf(id),
      judge: (path) => (path === `/w/${id}` ? { rule: "its file", changes: true } : undefined),
    });
    return run(inputs, ctx);
  };
}

function runUntilLet(
  graph: GraphSpec,
  node: NodeSpec,
  versions: Versions,
  pass: number,
  world: World,
  inputs: Inputs,
  ctx: TaskContext,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const leave = (how: "done" | "failed" | "cancelled") => {
      world.running.delete(run);
      world.onEnd(run, how);
    };
    const run: Run = {
      id: node.id,
      pass,
      ctx,
      end(how) {
        if (ctx.signal.aborted && !node.uninterruptible) {
          leave("cancelled");
          return reject(ctx.signal.reason);
        }
        leave(how);
        if (how === "failed") reject(new Failure(`${node.id} failed`));
        else resolve(expectedOutput(graph, node.id, versions));
      },
    };
    world.running.add(run);
    world.onStart(run, inputs);
    ctx.signal.addEventListener("abort", () => {
      if (node.slowToStop || node.uninterruptible) return;
      leave("cancelled");
      reject(ctx.signal.reason);
    });
  });
}

/** Lets everything that is ready happen, without letting any task end. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
