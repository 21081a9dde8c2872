import { expect, test } from "bun:test";
import { Failure } from "../../../src/diag/failure.ts";
import { InputsChanged } from "../../../src/graph/inputs-changed.ts";
import type { PassRequest } from "../../../src/graph/request.ts";
import { usualLimits } from "../../../src/graph/run/limits.ts";
import { Superseded } from "../../../src/graph/run/superseded.ts";
import type { ActTask, DeriveTask, ObserveTask, Task } from "../../../src/graph/task.ts";
import type { Json, JsonRecord } from "../../../src/std/data/json.ts";
import type { Records, Success } from "../../../src/store/records/records.ts";
import { graphSession, memoryDurations, memoryRecords, slowRecords } from "../../rig/graph-session.ts";
import { settle } from "../random-graph.ts";

const never = new AbortController().signal;
const request = (tasks: readonly Task[], more: Partial<PassRequest> = {}): PassRequest => ({
  tasks,
  signal: never,
  onFailure: "stop",
  ...more,
});

function look(id: string, output: () => Json, deps: string[] = []): ObserveTask {
  return { id, kind: "look", mode: "observe", deps, run: async () => output() };
}

/** An act whose key is made of the outputs that it depends on. */
function act(id: string, deps: string[], more: Partial<ActTask> = {}): ActTask {
  return {
    id,
    kind: "build",
    mode: "act",
    deps,
    keyParts: (inputs) => ({ id, ...Object.fromEntries(deps.map((dep) => [dep, inputs.get(dep)])) }),
    run: async () => `${id} done`,
    ...more,
  };
}

test("a task that was done is not done again, and an equal output stops the wave", async () => {
  const { executor, started } = graphSession();
  let source = "a";
  const tasks = [
    look("hash", () => source),
    act("build", ["hash"], { run: async (inputs) => inputs.get<string>("hash").toLowerCase() }),
    act("deliver", ["build"]),
  ];
  await executor.pass(request(tasks));
  await executor.pass(request(tasks));
  expect(started()).toEqual(["hash", "build", "deliver", "hash"]);
  source = "A";
  const result = await executor.pass(request(tasks));
  expect(started().slice(4)).toEqual(["hash", "build"]);
  expect(result.outputs.get("deliver")).toBe("deliver done");
});

test("a stale task says which part of its record changed", async () => {
  const { executor, events } = graphSession();
  let version = "1";
  const tasks = () => [act("build", [], { keyParts: () => ({ buildArgs: { VERSION: version } }) })];
  await executor.pass(request(tasks()));
  version = "2";
  await executor.pass(request(tasks()));
  const verdicts = events.flatMap((event) => (event.type === "task-planned" ? [event.verdict] : []));
  expect(verdicts).toEqual([
    { kind: "stale", reason: "never-run", changes: [] },
    {
      kind: "stale",
      reason: "changed",
      changes: [{ kind: "changed", path: "buildArgs.VERSION", was: "1", now: "2" }],
    },
  ]);
});

test("a result that is gone is made again, and of several the one that lives is used", async () => {
  const { executor, started, events } = graphSession();
  const alive = new Set(["image 1", "image 2"]);
  let built = 0;
  const tasks = [
    act("build", [], {
      run: async () => `image ${++built}`,
      valid: (output) =>
        alive.has(String(output))
          ? { valid: true, proof: `${output} is there` }
          : { valid: false, reason: `no ${output}` },
    }),
  ];
  await executor.pass(request(tasks));
  await executor.pass(request(tasks, { forced: () => true }));
  alive.delete("image 2");
  expect((await executor.pass(request(tasks))).outputs.get("build")).toBe("image 1");
  alive.clear();
  await executor.pass(request(tasks));
  expect(started()).toHaveLength(3);
  expect(events.findLast((event) => event.type === "task-planned")).toMatchObject({
    verdict: { kind: "stale", reason: "gone", detail: "no image 2" },
  });
});

test("tasks expand, also from a record, and what depends on them waits until they are there", async () => {
  const { executor, started } = graphSession();
  const tasks = [
    act("render", [], {
      run: async () => ["a", "b"],
      expand: (output) => (output as string[]).map((name) => act(`apply:${name}`, ["render"])),
    }),
    act("wait", ["apply:a", "apply:b"]),
  ];
  await executor.pass(request(tasks));
  const again = await executor.pass(request(tasks, { forced: (id) => id === "apply:b" }));
  expect(started()).toEqual(["render", "apply:a", "apply:b", "wait", "apply:b"]);
  expect(again.outputs.get("wait")).toBe("wait done");
});

test("a failure leaves out what depends on it; the rest goes on where it may", async () => {
  const broken = act("broken", [], {
    run: async () => {
      throw new Failure("no such file");
    },
  });
  const tasks = [broken, act("after", ["broken"]), act("other", []), act("last", ["other"])];
  const going = graphSession();
  const result = await going.executor.pass(request(tasks, { onFailure: "continue" }));
  expect(result.outcome).toBe("failed");
  expect(result.failed).toEqual([{ task: "broken", diagnostics: [{ severity: "error", message: "no such file" }] }]);
  expect(going.ends()).toEqual({ broken: "failed", after: "skipped", other: "done", last: "done" });
  const stopping = graphSession();
  await stopping.executor.pass(request(tasks));
  expect(stopping.ends()).toMatchObject({ broken: "failed", after: "skipped", last: "skipped" });
});

test("a failed task runs again under the same key, and says that it failed before", async () => {
  const { executor, events } = graphSession();
  const tasks = [act("broken", [], { run: () => Promise.reject(new Failure("no")) })];
  await executor.pass(request(tasks));
  await executor.pass(request(tasks));
  expect(events.findLast((event) => event.type === "task-planned")).toMatchObject({
    verdict: { reason: "failed-before" },
  });
});

test("equal work under two ids is done once and recorded for both", async () => {
  const { executor, started, ends } = graphSession();
  const same = { keyParts: (): JsonRecord => ({ files: "x" }) };
  const tasks = [act("build:a", [], same), act("build:b", [], same), act("after", ["build:a", "build:b"])];
  await executor.pass(request(tasks));
  await executor.pass(request(tasks));
  expect(started()).toEqual(["build:a", "after"]);
  expect(ends()["build:b"]).toBe("done");
});

test("what is derived is kept in a private file and not made again; none of it enters the log", async () => {
  const disk = memoryRecords();
  const kept: Success[] = [];
  const records: Records = {
    ...disk,
    succeed: (success) => {
      kept.push(success);
      return disk.succeed(success);
    },
  };
  const { executor, started, events } = graphSession({ records });
  let source = "a";
  const derive = (id: string, lasts: boolean): DeriveTask => ({
    id,
    kind: "derive",
    mode: "derive",
    deps: ["hash"],
    keyParts: (inputs) => ({ id, files: inputs.digest("hash") }),
    lasts: () => lasts,
    run: async () => `password of ${id}`,
  });
  const tasks = [look("hash", () => source), derive("local", true), derive("remote", false)];
  await executor.pass(request(tasks));
  const again = await executor.pass(request(tasks));
  expect(started()).toEqual(["hash", "local", "remote", "hash"]);
  expect(again.outputs.get("remote")).toBe("password of remote");
  expect(kept.map(({ task, isPrivate }) => [task, isPrivate])).toEqual([["local", true]]);
  source = "b";
  await executor.pass(request(tasks));
  expect(started().slice(4)).toEqual(["hash", "local", "remote"]);
  expect(JSON.stringify(events)).not.toContain("password");
  // Nor anything that could be compared with a guess.
  const shown = events.filter((event) => event.type === "task-ended" && event.output !== undefined);
  expect(shown).toEqual([]);
  const next = graphSession({ records });
  await next.executor.pass(request(tasks));
  expect(next.started()).toEqual(["hash", "remote"]);
});

test("limits hold tasks back, with the reason told once, and the longest chain goes first", async () => {
  const durations = memoryDurations({ quick: 1, slow: 5, tail: 60 });
  const { executor, started, events } = graphSession({ limits: { build: 1 }, durations });
  await executor.pass(request([act("quick", []), act("slow", []), act("head", []), act("tail", ["head"])]));
  expect(started()).toEqual(["head", "tail", "slow", "quick"]);
  const held = events.flatMap((event) => (event.type === "task-held" && event.task === "quick" ? [event.hold] : []));
  expect(held).toEqual([{ kind: "limit", of: "build", max: 1 }]);
});

test("a pass may have limits of its own", async () => {
  const { executor } = graphSession({ limits: { build: 1 } });
  let running = 0;
  let most = 0;
  const busy = async () => {
    most = Math.max(most, ++running);
    await settle();
    running--;
    return null;
  };
  for (const [limits, expected] of [
    [undefined, 1],
    [{ build: 2 }, 2],
    [{ hash: 9 }, 1],
  ] as const) {
    most = 0;
    const tasks = ["a", "b", "c"].map((id) => act(`${id}${expected}${limits === undefined}`, [], { run: busy }));
    await executor.pass({ ...request(tasks), ...(limits ? { limits } : {}) });
    expect(most).toBe(expected);
  }
});

test("a thousand new objects are applied a few at a time, and each says once why it waits", async () => {
  const { executor, events } = graphSession();
  let running = 0;
  let most = 0;
  const busy = async () => {
    most = Math.max(most, ++running);
    await settle();
    running--;
    return null;
  };
  const ids = Array.from({ length: 1000 }, (_, i) => `apply:${i}`);
  const tasks = ids.map((id) => act(id, [], { kind: "apply", run: busy }));
  expect((await executor.pass(request(tasks))).outcome).toBe("done");
  const { apply = 0 } = usualLimits();
  expect(most).toBe(apply);
  const held = events.flatMap((event) => (event.type === "task-held" ? [event.task] : []));
  expect(held).toHaveLength(1000 - apply);
  expect(new Set(held).size).toBe(held.length);
});

test("waits and hooks begin at once, however many there are", () => {
  for (const kind of ["wait", "hook"]) expect(usualLimits()[kind]).toBeUndefined();
  for (const [kind, max] of Object.entries(usualLimits(1))) expect([kind, max > 0 && max < 100]).toEqual([kind, true]);
});

test("a barrier waits for every task of its kinds, also those still to come, and never opens after a failure", async () => {
  const barriers = [{ before: ["deliver"], after: ["build"] }];
  const tasks = (fail: boolean) => [
    act("deliver", [], { kind: "deliver" }),
    look("plan", () => 1),
    {
      ...look("list", () => 2, ["plan"]),
      expand: () => [act("build", [], fail ? { run: () => Promise.reject(new Failure("no")) } : {})],
    },
  ];
  const good = graphSession();
  await good.executor.pass(request(tasks(false), { barriers }));
  expect(good.started()).toEqual(["plan", "list", "build", "deliver"]);
  const bad = graphSession();
  await bad.executor.pass(request(tasks(true), { barriers, onFailure: "continue" }));
  expect(bad.ends()).toMatchObject({ build: "failed", deliver: "skipped" });
});

test("a barrier does not wait for a task that depends on what it holds", async () => {
  const { executor, started } = graphSession();
  const barriers = [
    { before: ["deliver"], after: ["build", "render"] },
    { before: ["apply"], after: ["build", "render"] },
  ];
  const tasks = [
    act("deliver", [], { kind: "deliver" }),
    act("apply", [], { kind: "apply" }),
    act("render-with-image", ["deliver"], { kind: "render" }),
    act("build", [], { kind: "build" }),
    act("render", [], { kind: "render" }),
  ];
  await executor.pass(request(tasks, { barriers }));
  expect(started()).toEqual(["build", "render", "deliver", "render-with-image", "apply"]);
});

test("a hold of the caller's lasts until it wakes the executor", async () => {
  const { executor, events, started } = graphSession();
  let paused = true;
  const pass = executor.pass(request([act("deploy", [])], { hold: () => (paused ? { kind: "paused" } : undefined) }));
  await Promise.resolve();
  expect(started()).toEqual([]);
  paused = false;
  executor.wake();
  expect((await pass).outcome).toBe("done");
  expect(events.filter((event) => event.type === "task-held")).toHaveLength(1);
});

test("graphs that are wrong are programmer's errors", async () => {
  const pass = (tasks: readonly Task[], more?: Partial<PassRequest>) =>
    graphSession().executor.pass(request(tasks, more));
  expect(pass([act("a", ["b"]), act("b", ["c"]), act("c", ["a"])])).rejects.toThrow(
    "tasks in a cycle: a -> b -> c -> a",
  );
  expect(pass([act("a", []), act("a", [])])).rejects.toThrow("two tasks with the id a");
  expect(pass([act("a", ["nobody"])])).rejects.toThrow("no task with the id nobody");
  expect(pass([act("a", [])], { wanted: ["b"] })).rejects.toThrow("no task with the id b");
  const asks = act("a", [], { keyParts: (inputs) => ({ b: inputs.get("b") }) });
  expect(pass([asks, act("b", [])])).rejects.toThrow("a asks for the output of b, which it does not depend on");
  const expanding = { ...look("e", () => 1), expand: () => [] };
  expect(pass([expanding, act("a", ["later"])])).rejects.toThrow("tasks that can never run: a lacks later");
  const deadlock = [act("x", [], { kind: "x" }), act("z", [], { kind: "z" })];
  const circle = [
    { before: ["x"], after: ["z"] },
    { before: ["z"], after: ["x"] },
  ];
  expect(pass(deadlock, { barriers: circle })).rejects.toThrow("x lacks only its turn");
});

test("a cancelled pass ends what runs and says so", async () => {
  const { executor, ends } = graphSession();
  const controller = new AbortController();
  const endless = act("endless", [], {
    run: (_inputs, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  const pass = executor.pass(request([endless, act("after", ["endless"])], { signal: controller.signal }));
  await Promise.resolve();
  controller.abort();
  expect((await pass).outcome).toBe("cancelled");
  expect(ends()).toEqual({ endless: "cancelled" });
});

test("a result whose inputs changed meanwhile is not used, and the pass is made again", async () => {
  const { executor, started } = graphSession();
  let tries = 0;
  const tasks = [
    look("hash", () => tries),
    act("build", ["hash"], {
      run: async () => {
        if (++tries === 1) throw new InputsChanged("build", ["main.go"]);
        return "image";
      },
    }),
  ];
  const result = await executor.pass(request(tasks));
  expect(result.outcome).toBe("done");
  expect(started()).toEqual(["hash", "build", "hash", "build"]);
});

test("inputs that change in every round are given up after three", async () => {
  const { executor, started } = graphSession();
  let tries = 0;
  const run = async () => {
    tries++;
    throw new InputsChanged("build", ["main.go"]);
  };
  const result = await executor.pass(request([look("hash", () => tries), act("build", ["hash"], { run })]));
  expect(result.outcome).toBe("failed");
  expect(result.failed.map(({ task }) => task)).toEqual(["build"]);
  expect(started()).toEqual(["hash", "build", "hash", "build", "hash", "build"]);
});

test("a pass that is cancelled while its inputs change is not made again", async () => {
  const { executor, started } = graphSession();
  const controller = new AbortController();
  const run = async () => {
    controller.abort();
    throw new InputsChanged("build", ["main.go"]);
  };
  const result = await executor.pass(request([act("build", [], { run })], { signal: controller.signal }));
  expect(result.outcome).toBe("cancelled");
  expect(started()).toEqual(["build"]);
});

test("work of an older pass for which something that it needs has failed since is ended", async () => {
  const { executor, ends } = graphSession();
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let version = "one";
  const base = act("build:base", [], {
    keyParts: () => ({ version }),
    run: async () => {
      if (version === "broken") throw new Failure("no such instruction");
      return "base";
    },
  });
  const web = act("build:web", ["build:base"], {
    run: (_inputs, { signal }) => {
      begun.resolve();
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => {
          ended.resolve();
          reject(signal.reason);
        }),
      );
    },
  });
  const first = executor.pass(request([base, web], { onFailure: "continue" }));
  await begun.promise;
  version = "broken";
  const second = await executor.pass(request([base, web], { onFailure: "continue" }));
  expect((await first).outcome).toBe("superseded");
  expect(second.outcome).toBe("failed");
  await ended.promise;
  expect(ends()).toMatchObject({ "build:base": "failed" });
});

test("an executor that is disposed of ends what runs, and waits until it has ended", async () => {
  const { executor } = graphSession();
  const begun = Promise.withResolvers<void>();
  const cut = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<void>();
  const run = async (_inputs: unknown, { signal }: { readonly signal: AbortSignal }) => {
    signal.addEventListener("abort", () => cut.resolve());
    begun.resolve();
    await mayEnd.promise;
    return null;
  };
  const pass = executor.pass(request([act("slow", [], { run })]));
  await begun.promise;
  let disposed = false;
  const disposal = executor[Symbol.asyncDispose]().then(() => {
    disposed = true;
  });
  await cut.promise;
  await settle();
  expect(disposed).toBe(false);
  mayEnd.resolve();
  await disposal;
  expect((await pass).outcome).toBe("superseded");
});

test("only what is wanted runs, with all that it needs", async () => {
  const { executor, started } = graphSession();
  await executor.pass(request([act("a", []), act("b", ["a"]), act("c", ["a"])], { wanted: ["b"] }));
  expect(started()).toEqual(["a", "b"]);
});

test.each([false, true])("what is done is not done again while the disk has it not (refusing: %p)", async (refuses) => {
  const { records, waiting } = slowRecords(refuses);
  const { executor, started, events } = graphSession({ records });
  const hook = act("hook", [], { kind: "hook", uninterruptible: true });
  const endless = act("endless", [], {
    run: (_inputs, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  const first = executor.pass(request([hook, endless]));
  await settle();
  const second = executor.pass(request([hook]));
  expect((await first).outcome).toBe("superseded");
  await settle();
  for (const write of waiting) write();
  expect((await second).outcome).toBe("done");
  const third = executor.pass(request([hook]));
  await settle();
  for (const write of waiting) write();
  await third;
  expect(started().sort()).toEqual(["endless", "hook"]);
  expect(events.findLast((event) => event.type === "task-planned")).toMatchObject({ verdict: { kind: "fresh" } });
});

test("an inserted task comes between two that know nothing of it, also where the second one comes by expansion", async () => {
  const { executor, started, ends } = graphSession();
  let broken = false;
  const swap = act("swap", ["bring"], {
    precedes: ({ kind }) => kind === "apply",
    run: async () => {
      if (broken) throw new Failure("no");
      return "swapped";
    },
  });
  const tasks = (version: number) => [
    look("render", () => ["a", "b"]),
    {
      ...look("objects", () => version, ["render"]),
      expand: () => [act("apply:a", ["objects", "bring"], { kind: "apply" })],
    },
    act("bring", ["objects"]),
    act("wait", ["apply:a"]),
    swap,
  ];
  await executor.pass(request(tasks(1)));
  expect(started()).toEqual(["render", "objects", "bring", "swap", "apply:a", "wait"]);
  const reused = await executor.pass(request(tasks(1)));
  expect(reused.verdicts.get("swap")).toMatchObject({ kind: "fresh" });
  broken = true;
  await executor.pass(request(tasks(2), { onFailure: "continue", forced: (id) => id === "swap" }));
  expect(ends()).toMatchObject({ bring: "done", swap: "failed", "apply:a": "skipped", wait: "skipped" });
  // Only what waits for it wants it.
  const { started: again, executor: other } = graphSession();
  await other.pass(request(tasks(1), { wanted: ["render"] }));
  expect(again()).toEqual(["render"]);
});

test("a pass whose signal says that it is superseded ends at once and leaves what runs to the next one", async () => {
  const { executor, started, ends } = graphSession();
  const gate = Promise.withResolvers<Json>();
  const tasks = [act("build", [], { run: () => gate.promise }), act("deliver", ["build"])];
  const own = new AbortController();
  const first = executor.pass(request(tasks, { signal: own.signal }));
  await settle();
  own.abort(new Superseded());
  expect((await first).outcome).toBe("superseded");
  const second = executor.pass(request(tasks));
  // One that was superseded before its turn takes nobody's place.
  expect((await executor.pass(request([act("late", [])], { signal: own.signal }))).outcome).toBe("superseded");
  gate.resolve("built");
  expect((await second).outcome).toBe("done");
  expect(started()).toEqual(["build", "deliver"]);
  expect(ends()).toEqual({ build: "done", deliver: "done" });
});

test("a stop ends what a superseded pass left running, and waits for it", async () => {
  const { executor, ends } = graphSession();
  const own = new AbortController();
  let isOver = false;
  const slow = act("hook", [], {
    uninterruptible: true,
    run: (_inputs, { signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => {
          setImmediate(() => {
            isOver = true;
            reject(signal.reason);
          });
        }),
      ),
  });
  const first = executor.pass(request([slow], { signal: own.signal }));
  await settle();
  own.abort(new Superseded());
  await first;
  await executor.stop();
  expect(isOver).toBe(true);
  expect(ends()).toEqual({ hook: "cancelled" });
});

test("what another's cancellation cut short fails for a cause that may pass, in words of its own", async () => {
  const { executor } = graphSession();
  const cut = act("deliver", [], {
    run: () => Promise.reject(new DOMException("The operation was aborted.", "AbortError")),
  });
  const { outcome, failed } = await executor.pass(request([cut]));
  expect(outcome).toBe("failed");
  expect(failed[0]?.diagnostics).toEqual([
    {
      severity: "error",
      message: "deliver was cut short: what it waited for was cancelled by something else",
      passing: true,
    },
  ]);
});

test("what cannot be interrupted is finished and recorded also when the whole run is cancelled", async () => {
  const { executor, started, ends } = graphSession();
  const controller = new AbortController();
  const gate = Promise.withResolvers<string>();
  const hook = act("hook", [], { uninterruptible: true, run: () => gate.promise });
  const pass = executor.pass(request([hook], { signal: controller.signal }));
  await settle();
  controller.abort();
  await settle();
  gate.resolve("done");
  expect((await pass).outcome).toBe("cancelled");
  expect(ends()).toEqual({ hook: "done" });
  await executor.pass(request([hook]));
  expect(started()).toEqual(["hook"]);
});

test("a task that comes later goes first where more waits for it", async () => {
  const durations = memoryDurations({ short: 1, shorter: 0.5, long: 60 });
  const { executor, started } = graphSession({ limits: { build: 1 }, durations });
  const first = Promise.withResolvers<string>();
  const tasks = [
    act("first", [], { run: () => first.promise }),
    act("short", ["plan"]),
    act("shorter", ["plan"]),
    look("plan", () => 1),
    look("late", () => 2, ["plan"]),
    act("long", ["late"]),
  ];
  const pass = executor.pass(request(tasks));
  await settle();
  first.resolve("done");
  await pass;
  expect(started().filter((id) => id !== "plan" && id !== "late")).toEqual(["first", "long", "short", "shorter"]);
});

test("what runs when the pass stops for a failure is cancelled, and told so once", async () => {
  const { executor, events } = graphSession();
  const endless = act("endless", [], {
    run: (_inputs, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  const bad = act("bad", [], { run: () => Promise.reject(new Failure("no")) });
  await executor.pass(request([endless, bad, act("after", ["endless"])]));
  const ended = events.flatMap((event) => (event.type === "task-ended" ? [[event.task, event.outcome]] : []));
  expect(ended.sort()).toEqual([
    ["after", "skipped"],
    ["bad", "failed"],
    ["endless", "cancelled"],
  ]);
});

test("a task that an expansion adds beside a failed one is skipped, also where its other dependencies are done", async () => {
  const { executor, events } = graphSession();
  const broken = act("broken", [], {
    run: async () => {
      throw new Failure("broken");
    },
  });
  const lists = Promise.withResolvers<void>();
  const list: ActTask = {
    ...act("list", ["source"]),
    run: async () => {
      await lists.promise;
      return "listed";
    },
    expand: () => [act("added", ["broken", "source"])],
  };
  const source = look("source", () => "there");
  const last = Promise.withResolvers<void>();
  const slow: ActTask = {
    ...act("slow", []),
    run: async () => {
      await last.promise;
      return "slow";
    },
  };
  const running = executor.pass(request([broken, source, list, slow], { onFailure: "continue" }));
  await settle();
  // A task of that pass may go on for long: what is skipped is told before.
  lists.resolve();
  await settle();
  expect(events).toContainEqual(expect.objectContaining({ task: "added", outcome: "skipped" }));
  last.resolve();
  const result = await running;
  expect(result.outputs.has("added")).toBe(false);
  expect(result.outputs.get("list")).toBe("listed");
});
