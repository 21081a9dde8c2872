/** The loop with fakes around it, on a virtual clock: no time passes but what a test lets pass. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { DevLoop, type Handled, type LoopWork } from "../../../src/dev/loop/loop.ts";
import { type Needs, nothing } from "../../../src/dev/loop/needs.ts";
import type { Batch, Pass, PassDone } from "../../../src/dev/loop/reducer.ts";
import { Failure } from "../../../src/diag/failure.ts";
import type { Event } from "../../../src/event/event.ts";
import { Superseded } from "../../../src/graph/run/superseded.ts";
import { type VirtualClock, virtualClock } from "../../rig/virtual-clock.ts";

const needsOf = (...artifacts: string[]): Needs => ({ ...nothing, artifacts: new Set(artifacts) });
const done: PassDone = { end: "done", did: "rebuild" };

interface Fakes {
  readonly loop: DevLoop;
  readonly clock: VirtualClock;
  readonly looks: Batch[];
  readonly passes: Pass[];
  readonly events: Event[];
  readonly saves: (Event & { type: "save" })[];
  readonly complaints: string[];
}

function fakes(work: Partial<LoopWork> = {}, manual = false): Fakes {
  const clock = virtualClock();
  const looks: Batch[] = [];
  const passes: Pass[] = [];
  const events: Event[] = [];
  const saves: (Event & { type: "save" })[] = [];
  const complaints: string[] = [];
  const loop = new DevLoop({
    clock,
    manual,
    emit(event) {
      events.push(event);
      if (event.type === "save") saves.push(event);
      if (event.type === "diagnostic") complaints.push(event.diagnostic.message);
    },
    work: {
      async handle(batch, underway, signal) {
        looks.push(batch);
        return work.handle?.(batch, underway, signal) ?? { needs: nothing, synced: true };
      },
      async pass(pass, signal) {
        passes.push(pass);
        return work.pass?.(pass, signal) ?? done;
      },
      busy: work.busy ?? (async () => false),
    },
  });
  return { loop, clock, looks, passes, events, saves, complaints };
}

test("a save is looked at after the quiet time, and its line says how long it took", async () => {
  const { loop, clock, looks, saves } = fakes({
    handle: async () => {
      await clock.sleep(5);
      return { needs: nothing, synced: true };
    },
  });
  loop.changed("/a");
  loop.changed("/a");
  loop.changed("/b");
  await clock.advance(14);
  expect(looks).toEqual([]);
  await clock.advance(100);
  expect(looks.map(({ paths }) => [...paths])).toEqual([["/a", "/b"]]);
  expect(saves).toEqual([{ type: "save", what: "sync", paths: 2, seconds: 0.02 }]);
  expect(loop.state).toBe("idle");
});

test("a save counts the paths that led to something, or else all that it had", async () => {
  const counts = [1, 0];
  const { loop, clock, saves } = fakes({
    handle: async () => ({ needs: nothing, synced: true, counted: counts.shift() ?? 0 }),
  });
  for (const round of [1, 2]) {
    loop.changed(`/page.html${round}`);
    loop.changed("/page.html~");
    await clock.advance(100);
  }
  expect(saves).toMatchObject([{ paths: 1 }, { paths: 2 }]);
});

test("edits during the first pass are looked at while it runs, and supersede it", async () => {
  const ends = [Promise.withResolvers<PassDone>(), Promise.withResolvers<PassDone>()];
  const { loop, clock, passes, saves } = fakes({
    handle: async () => ({ needs: needsOf("web"), synced: false }),
    pass: ({ number }) => ends[number - 1]?.promise ?? Promise.resolve(done),
  });
  const first = loop.start();
  loop.changed("/a");
  await clock.advance(20);
  expect(passes.map(({ number }) => number)).toEqual([1, 2]);
  expect(passes[1]?.needs).toMatchObject({ everything: true, artifacts: new Set(["web"]) });
  ends[0]?.resolve({ end: "cancelled", did: "nothing" });
  await clock.settle();
  expect(saves).toEqual([]);
  ends[1]?.resolve(done);
  expect(await first).toBe("done");
  expect(saves).toMatchObject([{ what: "rebuild", paths: 1, seconds: 0.02 }]);
});

describe("failures keep the session", () => {
  test("a failed pass is told, owed, and cured by the next", async () => {
    let broken = true;
    const { loop, clock, passes, saves, complaints } = fakes({
      handle: async () => ({ needs: needsOf("web"), synced: false }),
      pass: async () => {
        if (broken) throw new Failure("it does not compile");
        return done;
      },
    });
    expect(await loop.start()).toBe("failed");
    expect(complaints).toEqual(["it does not compile"]);
    broken = false;
    loop.changed("/fixed");
    await clock.advance(50);
    expect(passes[1]?.needs.everything).toBe(true);
    expect(saves).toHaveLength(1);
    expect(loop.state).toBe("idle");
  });

  test("a look that fails leads to a whole pass", async () => {
    const { loop, clock, passes, complaints } = fakes({
      handle: async () => {
        throw new Error("no such file");
      },
    });
    loop.changed("/a");
    await clock.advance(50);
    expect(complaints).toEqual(["no such file"]);
    expect(passes[0]?.needs.everything).toBe(true);
  });
});

test("git in the middle of a checkout is waited for", async () => {
  let locked = true;
  const { loop, clock, looks } = fakes({ busy: async () => locked });
  loop.changed("/a");
  await clock.advance(2000);
  expect(looks).toEqual([]);
  locked = false;
  await clock.advance(60);
  expect(looks).toHaveLength(1);
});

test("manual: nothing happens until it is asked for", async () => {
  const { loop, clock, looks } = fakes({}, true);
  loop.changed("/a");
  await clock.advance(10_000);
  expect(looks).toEqual([]);
  loop.trigger();
  await clock.settle();
  expect(looks).toHaveLength(1);
});

test("manual: what changed in the moment in which it is asked for is looked at with it", async () => {
  const { loop, clock, looks } = fakes({}, true);
  loop.changed("/a");
  loop.trigger();
  await clock.settle();
  expect(looks.map(({ paths }) => [...paths])).toEqual([["/a"]]);
});

test("manual: what is asked for during a look is looked at after it", async () => {
  const gate = Promise.withResolvers<void>();
  const { loop, clock, looks } = fakes(
    {
      async handle() {
        await gate.promise;
        return { needs: nothing, synced: true };
      },
    },
    true,
  );
  for (const path of ["/a", "/b"]) {
    loop.changed(path);
    await clock.settle();
    loop.trigger();
    await clock.settle();
  }
  gate.resolve();
  await clock.advance(10_000);
  expect(looks.map(({ paths }) => [...paths])).toEqual([["/a"], ["/b"]]);
  loop.changed("/c");
  await clock.advance(10_000);
  expect(looks).toHaveLength(2);
});

test("a look that fails leaves nothing for unchanged, the configuration least of all", async () => {
  const { loop, clock, passes } = fakes({
    handle: async () => {
      throw new Failure("cannot read /work/web/data");
    },
  });
  loop.changed("/work/skaffold.yaml");
  loop.changed("/work/web/data");
  await clock.advance(50);
  expect(passes[0]?.needs).toMatchObject({ everything: true, reload: true });
});

test("each pass has a signal of its own, which the next one aborts, and the last one the end", async () => {
  const signals: AbortSignal[] = [];
  const { loop, clock } = fakes({
    handle: async () => ({ needs: needsOf("web"), synced: false }),
    pass: (_pass, signal) => {
      signals.push(signal);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
    },
  });
  void loop.start();
  for (const path of ["/a", "/b"]) {
    loop.changed(path);
    await clock.advance(20);
  }
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, false]);
  expect(signals[0]?.reason).toBeInstanceOf(Superseded);
  await loop.stop();
  expect(signals[2]?.reason).not.toBeInstanceOf(Superseded);
});

test("each pass is told with its number and the saves that it answers for", async () => {
  const ends: (() => void)[] = [];
  const { loop, clock, events } = fakes({
    handle: async () => ({ needs: needsOf("web"), synced: false }),
    pass: ({ number }) =>
      number === 2
        ? new Promise((resolve) => ends.push(() => resolve({ ...done, end: "cancelled" })))
        : Promise.resolve(done),
  });
  await loop.start();
  const begin = clock.now();
  for (const paths of [["/a", "/b"], ["/c"]]) {
    for (const path of paths) loop.changed(path);
    await clock.advance(20);
  }
  loop.demand(needsOf("web"));
  for (const end of ends) end();
  await clock.settle();
  const saved = { at: begin, paths: ["/a", "/b"], count: 2 };
  expect(events.filter((event) => event.type === "pass-started")).toEqual([
    { type: "pass-started", pass: 1, saves: [] },
    { type: "pass-started", pass: 2, saves: [saved] },
    { type: "pass-started", pass: 3, saves: [saved, { at: begin + 20, paths: ["/c"], count: 1 }] },
    { type: "pass-started", pass: 4, saves: [] },
  ]);
});

test("of a save of thousands of files an event names a hundred", async () => {
  const { loop, clock, events } = fakes({ handle: async () => ({ needs: needsOf("web"), synced: false }) });
  for (let i = 0; i < 3000; i++) loop.changed(`/file${i}`);
  await clock.advance(200);
  const [started] = events.filter((event) => event.type === "pass-started");
  expect(started?.saves).toMatchObject([{ count: 3000 }]);
  expect(started?.saves[0]?.paths).toHaveLength(100);
});

test("demands of one turn are one pass; with nothing done they are told only where one of them asked for it", async () => {
  const { loop, clock, passes, saves } = fakes({ pass: async () => ({ end: "done", did: "nothing" }) });
  loop.demand(needsOf("a"));
  loop.demand(needsOf("b"));
  await clock.settle();
  loop.demand(needsOf("c"));
  loop.demand(needsOf("d"), true);
  await clock.settle();
  expect(passes.map(({ needs }) => [...needs.artifacts])).toEqual([
    ["a", "b"],
    ["c", "d"],
  ]);
  expect(saves).toEqual([
    { type: "save", what: "nothing", paths: 0, counted: 0, seconds: 0 },
    { type: "save", what: "nothing", paths: 0, seconds: 0 },
  ]);
});

test("a pass that throws says why on the line of its save, a cancelled one has no line", async () => {
  const ends = [
    () => Promise.reject(new Failure("it does not compile")),
    async () => ({ end: "cancelled", did: "nothing" }) as const,
  ];
  const { loop, clock, saves } = fakes({
    handle: async () => ({ needs: needsOf("web"), synced: false }),
    pass: () => ends.shift()?.() ?? Promise.resolve(done),
  });
  for (const path of ["/a", "/b"]) {
    loop.changed(path);
    await clock.advance(20);
  }
  expect(saves).toMatchObject([{ what: "failed", why: "it does not compile" }]);
});

test("stop cancels what runs and resolves when it has ended", async () => {
  const { loop, clock } = fakes({
    pass: (_pass, signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
  });
  const first = loop.start();
  await clock.settle();
  await loop.stop();
  expect(await first).toBe("cancelled");
  loop.changed("/a");
  await clock.advance(100);
  expect(clock.sleepers).toBe(0);
});

describe("a sync that takes its time", () => {
  function slow(first: Needs = nothing) {
    const ends = Promise.withResolvers<Needs>();
    let looks = 0;
    const at = fakes({
      handle: async () =>
        ++looks === 1
          ? { needs: first, synced: true, counted: 1, later: ends.promise }
          : { needs: nothing, synced: true, counted: 2 },
    });
    at.loop.changed("/slow");
    return { ...at, ends };
  }

  test("holds no later save, and has its own line at its end", async () => {
    const { loop, clock, saves, ends } = slow();
    await clock.advance(100);
    loop.changed("/next");
    await clock.advance(100);
    expect(saves).toMatchObject([{ what: "sync", paths: 2 }]);
    ends.resolve(nothing);
    await clock.settle();
    expect(saves.slice(1)).toMatchObject([{ what: "sync", paths: 1, seconds: 0.2 }]);
    expect(loop.state).toBe("idle");
  });

  test("that fails leads to a pass, which answers for its save", async () => {
    const { clock, passes, saves, ends } = slow();
    await clock.advance(100);
    ends.resolve(needsOf("web"));
    await clock.settle();
    expect(passes).toMatchObject([{ needs: needsOf("web"), saves: [{ paths: new Set(["/slow"]) }] }]);
    expect(saves).toMatchObject([{ what: "rebuild", paths: 1 }]);
  });

  test("is not answered for twice where its save led to a pass as well", async () => {
    const { clock, passes, saves, ends } = slow(needsOf("web"));
    await clock.advance(100);
    ends.resolve(nothing);
    await clock.settle();
    expect(passes).toHaveLength(1);
    expect(saves).toMatchObject([{ what: "rebuild" }]);
  });

  test("ends with the loop", async () => {
    const { loop, clock, complaints, ends } = slow();
    await clock.advance(100);
    const stopped = loop.stop();
    ends.reject(new DOMException("the session ends", "AbortError"));
    await stopped;
    expect(complaints).toEqual([]);
  });
});

/** A workspace, what was brought to the cluster of it, and work of random length on it. */
test("after any edits at any time, what runs is what is in the workspace, and every save has its line", async () => {
  const edit = fc.record({
    after: fc.nat(120),
    path: fc.constantFrom("/sync/a", "/sync/b", "/build/a", "/build/b"),
    content: fc.nat(3),
    lookMs: fc.nat(40),
    passMs: fc.nat(400),
    fails: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 15 }), async (edits) => {
      const workspace = new Map<string, number>();
      const running = new Map<string, number>();
      let [lookMs, passMs, fails] = [0, 0, false];
      let newest = 0;
      const { loop, clock, looks, saves } = fakes({
        async handle(batch, underway): Promise<Handled> {
          const [sync, build] = ["/sync/", "/build/"].map((p) => [...batch.paths].filter((path) => path.startsWith(p)));
          await clock.sleep(lookMs);
          const building = underway.everything || underway.artifacts.has("build");
          for (const path of sync ?? []) running.set(path, workspace.get(path) ?? 0);
          const rebuild = (build?.length ?? 0) > 0 || (building && batch.paths.size === 0);
          return { needs: rebuild ? needsOf("build") : nothing, synced: (sync?.length ?? 0) > 0 };
        },
        async pass({ number }): Promise<PassDone> {
          newest = number;
          const inputs = new Map(workspace);
          await clock.sleep(passMs);
          // What the executor promises: a superseded pass starts nothing new.
          if (number !== newest) return { end: "cancelled", did: "nothing" };
          if (fails) return { end: "failed", did: "nothing" };
          for (const [path, content] of inputs) if (path.startsWith("/build/")) running.set(path, content);
          return done;
        },
      });
      for (const next of edits) {
        workspace.set(next.path, next.content);
        [lookMs, passMs, fails] = [next.lookMs, next.passMs, next.fails];
        loop.changed(next.path);
        await clock.advance(next.after);
      }
      fails = false;
      await clock.advance(20_000);
      // One more save: whatever failed before is made good by it.
      workspace.set("/build/a", 9);
      loop.changed("/build/a");
      await clock.advance(20_000);
      expect(loop.state).toBe("idle");
      expect(running).toEqual(workspace);
      expect(saves.length).toBeLessThanOrEqual(looks.length);
    }),
    { numRuns: 60 },
  );
});
