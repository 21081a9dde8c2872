/**
 * The dev loop as a pure function: a state and an event give the next state and the effects. No I/O and no
 * clock: times come with the events, effects are data that `loop.ts` carries out.
 *
 *                  changed                 due               handled, pass-ended: nothing left
 *       idle ───────────────> debouncing ───────> running ───────────────────────────────────> idle
 *                              ^  │ ^              │  ^
 *                      changed └──┘ │      changed v  │ due (once the batch before it was handled)
 *                                   └───────────  queued
 *                         handled, pass-ended      │  ^
 *                                          changed └──┘
 *       any of these ── stop ──> stopping ── handled, pass-ended: nothing left ──> (ended)
 *
 * Invariants: a changed path is in the waiting batch, in the batch that is being handled, on its way into containers, or
 * was answered for; at most one batch is handled at a time; at most one pass counts, the newest, and it has the needs of
 * all earlier ones that did not complete.
 */
import { dueAt } from "../watch/debounce.ts";
import { both, everything, isNothing, type Needs, nothing } from "./needs.ts";

/** Changes that are handled together. */
export interface Batch {
  readonly paths: ReadonlySet<string>;
  /** Why any other path may have changed as well. */
  readonly lost: string | undefined;
  /** Times of its first and last file event. */
  readonly first: number;
  readonly last: number;
  /** How many of its paths led to work, once it was handled. */
  readonly counted?: number;
  /** The user asked for it while another batch was being handled: it is next, without a wait. */
  readonly asked?: boolean;
}

export interface Pass {
  readonly number: number;
  readonly needs: Needs;
  /** Batches that end with this pass. */
  readonly saves: readonly Batch[];
}

/** Running work: a batch that is being handled, and the current pass. At least one of them. */
export interface Work {
  readonly handling?: Batch | undefined;
  readonly pass?: Pass | undefined;
}

interface Memory {
  /** Number of the newest pass. */
  readonly passes: number;
  /** What failed passes still have to do. */
  readonly owed: Needs;
}

export type LoopState = Memory &
  (
    | { readonly name: "idle" }
    | { readonly name: "debouncing"; readonly batch: Batch }
    | { readonly name: "running"; readonly work: Work }
    | { readonly name: "queued"; readonly work: Work; readonly batch: Batch }
    | { readonly name: "stopping"; readonly work: Work }
  );

export type PassEnd = "done" | "failed" | "cancelled";
export type SaveKind = "sync" | "rebuild" | "render" | "nothing";

export interface PassDone {
  readonly end: PassEnd;
  readonly did: SaveKind;
  /** What remains to be done; default: nothing after a successful pass, else everything that it had to do. */
  readonly owed?: Needs;
  /** What the pass found to be done next. */
  readonly next?: Needs;
  /** Why it failed, in one line. */
  readonly why?: string;
}

export type LoopEvent =
  | { readonly type: "start" }
  /** Paths of file events; those of one turn come together, so that a burst costs time in proportion to its size. */
  | { readonly type: "changed"; readonly paths: readonly string[]; readonly at: number }
  | { readonly type: "lost"; readonly why: string; readonly at: number }
  /** Work without a file event. `told`: its end is reported in any case. */
  | { readonly type: "demanded"; readonly needs: Needs; readonly at: number; readonly told: boolean }
  /** The timer has ended; `forced`: the user asked, without a quiet time. */
  | { readonly type: "due"; readonly at: number; readonly forced?: boolean }
  /** The timer has ended, but a program (git) is changing files. */
  | { readonly type: "busy"; readonly at: number }
  /** The batch was handled, and what can be synced is in the containers. */
  | {
      readonly type: "handled";
      readonly needs: Needs;
      readonly synced: boolean;
      readonly counted?: number;
      /** A container takes longer: a `synced` event follows and answers for the batch, unless a pass does. */
      readonly later?: boolean;
    }
  /** The remaining syncs of a handled batch have ended. `batch`: set where no pass answers for it. */
  | { readonly type: "synced"; readonly needs: Needs; readonly batch: Batch | undefined }
  | ({ readonly type: "pass-ended"; readonly number: number; readonly at: number } & PassDone)
  | { readonly type: "stop" };

export type Effect =
  | { readonly do: "wait"; readonly until: number }
  /** `underway`: what the current pass, or a failed one, has to do. */
  | { readonly do: "handle"; readonly batch: Batch; readonly underway: Needs }
  | { readonly do: "pass"; readonly pass: Pass }
  | { readonly do: "saved"; readonly batch: Batch; readonly what: SaveKind | "failed"; readonly why?: string }
  | { readonly do: "abort" }
  | { readonly do: "ended" };

export interface Step {
  readonly state: LoopState;
  readonly effects: readonly Effect[];
}

export const initial: LoopState = { name: "idle", passes: 0, owed: nothing };
/** How often a lock of git is checked while it exists. */
const busyPauseMs = 50;

export function step(state: LoopState, event: LoopEvent): Step {
  switch (event.type) {
    case "start":
      return begin(state, everything, []);
    case "changed":
      return gather(state, event.at, event.paths, undefined);
    case "lost":
      return gather(state, event.at, [], event.why);
    case "busy":
      return { state, effects: waiting(state) ? [{ do: "wait", until: event.at + busyPauseMs }] : [] };
    case "demanded":
      return demanded(state, event);
    case "due":
      return due(state, event.at, event.forced === true);
    case "handled":
      return handled(state, event);
    case "synced":
      return syncedLater(state, event);
    case "pass-ended":
      return passEnded(state, event);
    case "stop":
      return stop(state);
  }
}

function waiting(state: LoopState): Batch | undefined {
  return state.name === "debouncing" || state.name === "queued" ? state.batch : undefined;
}

function workOf(state: LoopState): Work {
  return state.name === "idle" || state.name === "debouncing" ? {} : state.work;
}

/** The state of these parts; its name follows from them. */
function compose(memory: Memory, work: Work, batch: Batch | undefined): LoopState {
  const { passes, owed } = memory;
  const works = work.handling !== undefined || work.pass !== undefined;
  if (batch === undefined) return works ? { passes, owed, name: "running", work } : { passes, owed, name: "idle" };
  return works ? { passes, owed, name: "queued", work, batch } : { passes, owed, name: "debouncing", batch };
}

function gather(state: LoopState, at: number, paths: readonly string[], lost: string | undefined): Step {
  if (state.name === "stopping") return { state, effects: [] };
  const before = waiting(state);
  const batch: Batch = {
    paths: new Set([...(before?.paths ?? []), ...paths]),
    lost: before?.lost ?? lost,
    first: Math.min(before?.first ?? at, at),
    last: Math.max(before?.last ?? at, at),
    ...(before?.asked ? { asked: true } : {}),
  };
  return {
    state: compose(state, workOf(state), batch),
    effects: [{ do: "wait", until: dueAt(batch.first, batch.last) }],
  };
}

function due(state: LoopState, at: number, forced: boolean): Step {
  const batch = waiting(state);
  const work = workOf(state);
  if (batch === undefined) return { state, effects: [] };
  // A batch that is due while another one is being handled is begun by `handled`.
  if (work.handling !== undefined) {
    const next = forced ? { ...batch, asked: true } : batch;
    return { state: compose(state, work, next), effects: [] };
  }
  const until = dueAt(batch.first, batch.last);
  if (at < until && !forced) return { state, effects: [{ do: "wait", until }] };
  return handle(state, batch);
}

/** Handles the waiting batch. */
function handle(state: LoopState, batch: Batch): Step {
  const work = workOf(state);
  const underway = both(state.owed, work.pass?.needs ?? nothing);
  return {
    state: compose(state, { ...work, handling: batch }, undefined),
    effects: [{ do: "handle", batch, underway }],
  };
}

function handled(state: LoopState, { needs, synced, counted, later }: LoopEvent & { type: "handled" }): Step {
  const { handling: handledBatch, pass } = workOf(state);
  if (handledBatch === undefined) return { state, effects: [] };
  const handling: Batch = counted === undefined ? handledBatch : { ...handledBatch, counted };
  if (state.name === "stopping") return ending(state, { pass });
  const batch = waiting(state);
  const rest = compose(state, { pass }, batch);
  const what = synced ? "sync" : "nothing";
  const answered: Step = !isNothing(needs)
    ? begin(rest, needs, [handling])
    : { state: rest, effects: later ? [] : [{ do: "saved", batch: handling, what }] };
  if (batch === undefined) return answered;
  if (!batch.asked) {
    const until = dueAt(batch.first, batch.last);
    return { state: answered.state, effects: [...answered.effects, { do: "wait", until }] };
  }
  const next = handle(answered.state, batch);
  return { state: next.state, effects: [...answered.effects, ...next.effects] };
}

function syncedLater(state: LoopState, { needs, batch }: LoopEvent & { type: "synced" }): Step {
  if (!isNothing(needs)) return begin(state, needs, batch ? [batch] : []);
  if (state.name === "stopping" || batch === undefined) return { state, effects: [] };
  return { state, effects: [{ do: "saved", batch, what: "sync" }] };
}

function demanded(state: LoopState, { needs, at, told }: LoopEvent & { type: "demanded" }): Step {
  const { counted: _, ...batch } = quiet(at);
  return begin(state, needs, [told ? batch : quiet(at)]);
}

/** A batch for work without a file event: its end is reported only where something was done. */
function quiet(at: number): Batch {
  return { paths: new Set(), lost: undefined, first: at, last: at, counted: 0 };
}

/** Begins a new pass, which also answers for the running one and for failed ones. */
function begin(state: LoopState, needs: Needs, saves: readonly Batch[]): Step {
  if (state.name === "stopping") return { state, effects: [] };
  const before = workOf(state).pass;
  const pass: Pass = {
    number: state.passes + 1,
    needs: both(both(state.owed, before?.needs ?? nothing), needs),
    saves: [...(before?.saves ?? []), ...saves],
  };
  const memory = { passes: pass.number, owed: nothing };
  return {
    state: compose(memory, { ...workOf(state), pass }, waiting(state)),
    effects: [{ do: "pass", pass }],
  };
}

function passEnded(state: LoopState, ended: LoopEvent & { type: "pass-ended" }): Step {
  const { handling, pass } = workOf(state);
  const { number, end, did, why } = ended;
  // A superseded pass may end in any way and at any time: the newer one answers for it.
  if (pass === undefined || pass.number !== number) return { state, effects: [] };
  if (state.name === "stopping") return ending(state, { handling });
  const left = ended.owed ?? (end === "done" ? nothing : pass.needs);
  const owed = both(state.owed, left);
  const told = end === "failed" ? ({ what: end, ...(why === undefined ? {} : { why }) } as const) : { what: did };
  const saved: readonly Effect[] =
    end === "cancelled" ? [] : pass.saves.map((batch) => ({ do: "saved", batch, ...told }) as const);
  const rest = compose({ passes: state.passes, owed }, { handling }, waiting(state));
  if (ended.next === undefined || isNothing(ended.next)) return { state: rest, effects: saved };
  const { state: after, effects } = begin(rest, ended.next, [quiet(ended.at)]);
  return { state: after, effects: [...saved, ...effects] };
}

function stop(state: LoopState): Step {
  if (state.name === "stopping") return { state, effects: [] };
  const { passes, owed } = state;
  const stopped = ending({ passes, owed, name: "stopping", work: {} }, workOf(state));
  return { state: stopped.state, effects: [{ do: "abort" }, ...stopped.effects] };
}

function ending(state: LoopState & { name: "stopping" }, work: Work): Step {
  const left = work.handling !== undefined || work.pass !== undefined;
  return { state: { ...state, work }, effects: left ? [] : [{ do: "ended" }] };
}
