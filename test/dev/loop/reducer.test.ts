/** Laws of the loop under any order of events: what the fakes around it do is drawn at random, too. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isNothing, type Needs, nothing } from "../../../src/dev/loop/needs.ts";
import {
  type Batch,
  type Effect,
  initial,
  type LoopEvent,
  type LoopState,
  type PassEnd,
  step,
} from "../../../src/dev/loop/reducer.ts";

const needsOf = (...artifacts: string[]): Needs => ({ ...nothing, artifacts: new Set(artifacts) });

/** Feeds events and keeps every effect. */
class Feed {
  state: LoopState = initial;
  readonly effects: Effect[] = [];
  send(event: LoopEvent): readonly Effect[] {
    const { state, effects } = step(this.state, event);
    this.state = state;
    this.effects.push(...effects);
    return effects;
  }
}

const changed = (path: string, at: number): LoopEvent => ({ type: "changed", paths: [path], at });
const due = (at: number): LoopEvent => ({ type: "due", at });

describe("one path through the states", () => {
  test("a synced save goes idle, debouncing, running, idle", () => {
    const feed = new Feed();
    expect(feed.send(changed("/a", 100))).toEqual([{ do: "wait", until: 115 }]);
    expect(feed.state.name).toBe("debouncing");
    expect(feed.send(due(110))).toEqual([{ do: "wait", until: 115 }]);
    expect(feed.send(due(115))[0]).toMatchObject({ do: "handle" });
    expect(feed.state.name).toBe("running");
    expect(feed.send({ type: "handled", needs: nothing, synced: true })).toMatchObject([{ do: "saved", what: "sync" }]);
    expect(feed.state.name).toBe("idle");
  });

  test("a save during a pass supersedes it and answers for both", () => {
    const feed = new Feed();
    feed.send(changed("/a", 0));
    feed.send(due(15));
    feed.send({ type: "handled", needs: needsOf("a"), synced: false });
    feed.send(changed("/b", 50));
    expect(feed.state.name).toBe("queued");
    expect(feed.send(due(65))).toMatchObject([{ do: "handle", underway: needsOf("a") }]);
    expect(feed.send({ type: "handled", needs: needsOf("b"), synced: false })).toMatchObject([
      { do: "pass", pass: { number: 2, needs: needsOf("a", "b") } },
    ]);
    expect(feed.send({ type: "pass-ended", number: 1, at: 0, end: "cancelled", did: "nothing" })).toEqual([]);
    const saved = feed.send({ type: "pass-ended", number: 2, at: 0, end: "done", did: "rebuild" });
    expect(saved.map((e) => e.do)).toEqual(["saved", "saved"]);
    expect(feed.state.name).toBe("idle");
  });

  test("a failed pass is owed by the next one, whatever that one is for", () => {
    const feed = new Feed();
    feed.send({ type: "start" });
    feed.send({ type: "pass-ended", number: 1, at: 0, end: "failed", did: "nothing" });
    feed.send(changed("/b", 0));
    expect(feed.send(due(15))).toMatchObject([{ do: "handle", underway: { everything: true } }]);
    expect(feed.send({ type: "handled", needs: needsOf("b"), synced: false })).toMatchObject([
      { do: "pass", pass: { needs: { everything: true } } },
    ]);
  });

  test("a save whose pass fails ends with that; the pass that makes it good is of the next save", () => {
    const feed = new Feed();
    feed.send(changed("/b", 0));
    feed.send(due(15));
    feed.send({ type: "handled", needs: needsOf("b"), synced: false });
    const end = feed.send({ type: "pass-ended", number: 1, at: 0, end: "failed", did: "rebuild" });
    expect(end).toMatchObject([{ do: "saved", what: "failed" }]);
  });

  test("what the user asks for during a look is looked at right after it, with what came since", () => {
    const feed = new Feed();
    feed.send(changed("/a", 0));
    feed.send({ type: "due", at: 5, forced: true });
    feed.send(changed("/b", 10));
    expect(feed.send({ type: "due", at: 11, forced: true })).toEqual([]);
    feed.send(changed("/c", 12));
    const effects = feed.send({ type: "handled", needs: needsOf("x"), synced: false });
    expect(effects).toMatchObject([
      { do: "pass", pass: { number: 1, needs: needsOf("x") } },
      { do: "handle", batch: { paths: new Set(["/b", "/c"]) }, underway: needsOf("x") },
    ]);
    // It was asked for once.
    feed.send(changed("/d", 20));
    expect(feed.send({ type: "handled", needs: nothing, synced: true })).toMatchObject([
      { do: "saved" },
      { do: "wait", until: 35 },
    ]);
  });

  test("what is demanded is a pass of its own, for all that is owed and under way; nothing done is told where asked", () => {
    const feed = new Feed();
    feed.send({ type: "start" });
    feed.send({ type: "pass-ended", number: 1, at: 0, end: "failed", did: "nothing" });
    const demand = { type: "demanded", needs: needsOf("web"), at: 100 } as const;
    expect(feed.send({ ...demand, told: false })).toMatchObject([
      { do: "pass", pass: { number: 2, needs: { everything: true, artifacts: new Set(["web"]) } } },
    ]);
    feed.send(changed("/b", 110));
    expect(feed.send({ ...demand, told: true })).toMatchObject([{ do: "pass", pass: { number: 3 } }]);
    expect(feed.state.name).toBe("queued");
    const saved = feed.send({ type: "pass-ended", number: 3, at: 120, end: "done", did: "nothing" });
    expect(saved).toMatchObject([
      { do: "saved", batch: { counted: 0 } },
      { do: "saved", batch: { paths: new Set() } },
    ]);
    expect(saved[1]).not.toHaveProperty("batch.counted");
  });

  test("what a pass finds to be done next follows it at once", () => {
    const feed = new Feed();
    feed.send({ type: "start" });
    const ended = { type: "pass-ended", number: 1, at: 7, end: "done", did: "nothing" } as const;
    expect(feed.send({ ...ended, next: needsOf("web") })).toMatchObject([
      {
        do: "pass",
        pass: { number: 2, needs: { ...needsOf("web"), everything: false }, saves: [{ counted: 0, first: 7 }] },
      },
    ]);
  });

  test("a pass that failed owes what it says", () => {
    const feed = new Feed();
    feed.send({ type: "start" });
    feed.send({ type: "pass-ended", number: 1, at: 0, end: "failed", did: "nothing", owed: needsOf("web") });
    expect(feed.state.owed).toEqual(needsOf("web"));
  });

  test("git holds a batch back for as long as it says", () => {
    const feed = new Feed();
    feed.send(changed("/a", 0));
    expect(feed.send({ type: "busy", at: 15 })).toEqual([{ do: "wait", until: 65 }]);
    expect(feed.state.name).toBe("debouncing");
  });

  test("stopping waits for what runs and takes nothing new", () => {
    const feed = new Feed();
    feed.send({ type: "start" });
    expect(feed.send({ type: "stop" })).toEqual([{ do: "abort" }]);
    expect(feed.send(changed("/a", 0))).toEqual([]);
    expect(feed.send({ type: "pass-ended", number: 1, at: 0, end: "cancelled", did: "nothing" })).toEqual([
      { do: "ended" },
    ]);
    expect(feed.send({ type: "stop" })).toEqual([]);
  });
});

/** What a random world does next. Answers are only given where something was asked. */
type Move =
  | { move: "change"; path: string }
  | { move: "lost" }
  | { move: "time"; ms: number }
  | { move: "busy" }
  /** `later`: a container still takes its time. */
  | { move: "handled"; artifacts: string[]; pass: boolean; later: boolean }
  | { move: "synced"; artifacts: string[] }
  | { move: "pass-ends"; end: PassEnd; oldest: boolean };

const moves = fc.array(
  fc.oneof<fc.Arbitrary<Move>[]>(
    fc.record({ move: fc.constant("change" as const), path: fc.constantFrom("/a", "/b", "/c", "/d") }),
    fc.record({ move: fc.constant("lost" as const) }),
    fc.record({ move: fc.constant("time" as const), ms: fc.nat(300) }),
    fc.record({ move: fc.constant("busy" as const) }),
    fc.record({
      move: fc.constant("handled" as const),
      artifacts: fc.subarray(["x", "y", "z"]),
      pass: fc.boolean(),
      later: fc.boolean(),
    }),
    fc.record({ move: fc.constant("synced" as const), artifacts: fc.subarray(["x", "y"]) }),
    fc.record({
      move: fc.constant("pass-ends" as const),
      end: fc.constantFrom<PassEnd>("done", "failed", "cancelled"),
      oldest: fc.boolean(),
    }),
  ),
  { maxLength: 80 },
);

/** Plays the moves; afterwards lets everything come to rest with passes that succeed. */
class World {
  readonly feed = new Feed();
  now = 0;
  alarm: number | undefined;
  handling: Batch | undefined;
  /** Batches that are still on their way; undefined where a pass answers for one. */
  readonly late: (Batch | undefined)[] = [];
  readonly running: number[] = [];
  /** Every path of every change, counted until a look took it. */
  readonly waiting = new Map<string, number>();
  readonly asked = new Set<string>();
  /** Artifacts that some look found stale and no successful pass has answered for. */
  readonly stale = new Set<string>();

  send(event: LoopEvent): void {
    for (const effect of this.feed.send(event)) {
      if (effect.do === "wait") this.alarm = effect.until;
      if (effect.do === "handle") {
        expect(this.handling).toBeUndefined();
        this.handling = effect.batch;
        for (const path of effect.batch.paths) this.waiting.delete(path);
      }
      if (effect.do === "pass") {
        this.running.push(effect.pass.number);
        for (const artifact of this.stale) expect([...effect.pass.needs.artifacts]).toContain(artifact);
      }
    }
    const { state } = this.feed;
    // Whatever waits has an alarm, or is taken up when the running look ends.
    if (state.name === "debouncing") expect(this.alarm).toBeDefined();
    const batch = state.name === "debouncing" || state.name === "queued" ? state.batch : undefined;
    expect([...this.waiting.keys()].sort()).toEqual([...(batch?.paths ?? [])].sort());
    if ("work" in state && state.work.pass) expect(state.work.pass.number).toBe(Math.max(...this.running));
  }

  play(move: Move): void {
    switch (move.move) {
      case "change":
        this.waiting.set(move.path, this.now);
        return this.send(changed(move.path, this.now));
      case "lost":
        return this.send({ type: "lost", why: "overflow", at: this.now });
      case "time":
        this.now += move.ms;
        if (this.alarm === undefined || this.alarm > this.now) return;
        this.alarm = undefined;
        return this.send(due(this.now));
      case "busy":
        if (this.alarm === undefined) return;
        this.alarm = undefined;
        return this.send({ type: "busy", at: this.now });
      case "handled": {
        if (this.handling === undefined) return;
        const needs = { ...needsOf(...move.artifacts), pass: move.pass };
        if (move.later) this.late.push(isNothing(needs) ? this.handling : undefined);
        this.handling = undefined;
        for (const artifact of move.artifacts) this.stale.add(artifact);
        return this.send({ type: "handled", needs, synced: !move.pass, later: move.later });
      }
      case "synced": {
        if (this.late.length === 0) return;
        const batch = this.late.shift();
        for (const artifact of move.artifacts) this.stale.add(artifact);
        return this.send({ type: "synced", needs: needsOf(...move.artifacts), batch });
      }
      case "pass-ends": {
        const number = move.oldest ? this.running.shift() : this.running.pop();
        if (number === undefined) return;
        const { state } = this.feed;
        const pass = "work" in state ? state.work.pass : undefined;
        if (pass?.number === number && move.end === "done")
          for (const artifact of pass.needs.artifacts) this.stale.delete(artifact);
        // A pass that is still running would be superseded by the executor before a newer one ends.
        return this.endPass(number, move.end);
      }
    }
  }

  endPass(number: number, end: PassEnd): void {
    const { state } = this.feed;
    const counted = "work" in state && state.work.pass?.number === number;
    if (counted) this.running.splice(0, this.running.length, ...this.running.filter((n) => n > number));
    const before = this.feed.effects.length;
    this.feed.send({ type: "pass-ended", number, at: 0, end, did: "rebuild" });
    for (const effect of this.feed.effects.slice(before)) expect(["saved", "ended"]).toContain(effect.do);
  }

  rest(): void {
    for (let i = 0; i < 100 && (this.feed.state.name !== "idle" || this.late.length > 0); i++) {
      this.play({ move: "time", ms: 2000 });
      this.play({ move: "handled", artifacts: [], pass: false, later: false });
      this.play({ move: "synced", artifacts: [] });
      this.play({ move: "pass-ends", end: "done", oldest: false });
    }
  }
}

describe("any order of events", () => {
  test("no change is lost, one batch is looked at, the newest pass answers for all before it", () => {
    fc.assert(
      fc.property(moves, (all) => {
        const world = new World();
        world.send({ type: "start" });
        for (const move of all) world.play(move);
        world.rest();
        expect(world.feed.state.name).toBe("idle");
        expect(world.waiting.size).toBe(0);
        if (isNothing(world.feed.state.owed)) expect([...world.stale]).toEqual([]);
        else for (const artifact of world.stale) expect([...world.feed.state.owed.artifacts]).toContain(artifact);
      }),
      { numRuns: 500 },
    );
  });

  test("every looked-at batch is saved exactly once when all passes succeed", () => {
    fc.assert(
      fc.property(moves, (all) => {
        const world = new World();
        for (const move of all) world.play(move.move === "pass-ends" ? { ...move, end: "done" } : move);
        world.rest();
        const looked = world.feed.effects.filter((e) => e.do === "handle").map((e) => e.batch);
        const saved = world.feed.effects.filter((e) => e.do === "saved").map((e) => e.batch);
        expect(new Set(saved)).toEqual(new Set(looked));
        expect(saved.length).toBe(looked.length);
      }),
      { numRuns: 300 },
    );
  });

  test("after a stop nothing is started any more, and the end comes", () => {
    fc.assert(
      fc.property(moves, moves, (before, after) => {
        const world = new World();
        world.send({ type: "start" });
        for (const move of before) world.play(move);
        const { feed } = world;
        feed.send({ type: "stop" });
        const from = feed.effects.length;
        for (const [i] of after.entries()) feed.send(changed("/a", i));
        if (world.handling) feed.send({ type: "handled", needs: needsOf("a"), synced: false });
        for (const batch of world.late) feed.send({ type: "synced", needs: needsOf("a"), batch });
        feed.send({ type: "synced", needs: nothing, batch: world.late[0] });
        for (const number of [...world.running])
          feed.send({ type: "pass-ended", number, at: 0, end: "cancelled", did: "nothing" });
        expect(feed.effects.slice(from).filter((e) => e.do !== "ended")).toEqual([]);
        expect(feed.effects.filter((e) => e.do === "ended").length).toBe(1);
      }),
      { numRuns: 300 },
    );
  });
});
