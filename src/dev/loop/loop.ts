/**
 * Carries out the effects of the reducer: one timer, one batch at a time, passes that supersede each other, and the
 * line at the end of every save. All its means are given by the caller, so that a test drives it with fakes and a
 * virtual clock. A failing pass never ends the loop; only `stop` or the signal does.
 */
import { diagnosticsOf, isCancelled } from "../../diag/failure.ts";
import { reasonOf } from "../../diag/print.ts";
import type { Event } from "../../event/event.ts";
import { Superseded } from "../../graph/run/superseded.ts";
import type { Clock } from "../../std/clock.ts";
import { both, everything, isNothing, type Needs, nothing } from "./needs.ts";
import {
  type Batch,
  type Effect,
  initial,
  type LoopEvent,
  type LoopState,
  type Pass,
  type PassDone,
  type PassEnd,
  step,
} from "./reducer.ts";

export interface Handled {
  readonly needs: Needs;
  readonly synced: boolean;
  /** How many paths led to work; the others are editor files or ignored. */
  readonly counted?: number;
  /** Syncs that take longer: what must be done instead of those that failed. Rejects only when it is cancelled. */
  readonly later?: Promise<Needs>;
}

/** The work of the loop. */
export interface LoopWork {
  /**
   * Decides what the batch leads to, and syncs what can be synced. Files that could not be synced are among the needs.
   */
  handle(batch: Batch, underway: Needs, signal: AbortSignal): Promise<Handled>;
  /** Brings the cluster to the workspace's state. The signal is aborted as `Superseded` when a newer pass begins. */
  pass(pass: Pass, signal: AbortSignal): Promise<PassDone>;
  /** Whether a program (git) is changing files; `last` is the time of the last file event. */
  busy(last: number, now: number): Promise<boolean>;
}

export interface LoopOptions {
  readonly work: LoopWork;
  readonly clock: Clock;
  readonly emit: (event: Event) => void;
  /** Changes wait until `trigger` is called. */
  readonly manual?: boolean;
}

export class DevLoop {
  readonly #options: LoopOptions;
  readonly #stop = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #first = Promise.withResolvers<PassEnd>();
  #state: LoopState = initial;
  #timer = new AbortController();
  #gathered: string[] = [];
  #demanded: { readonly needs: Needs; readonly told: boolean } | undefined;
  /** The signal of the newest pass. */
  #pass = new AbortController();

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  get state(): LoopState["name"] {
    return this.#state.name;
  }

  /**
   * Starts the first pass.
   * @returns how it ended, or how the one that superseded it did
   */
  start(): Promise<PassEnd> {
    this.#dispatch({ type: "start" });
    return this.#first.promise;
  }

  /** Adds a file event. Events of one turn are handled together. */
  changed(path: string): void {
    if (this.#gathered.length === 0) queueMicrotask(() => this.#flush());
    this.#gathered.push(path);
  }

  /** File events were lost: any path may have changed. */
  lost(why: string): void {
    this.#dispatch({ type: "lost", why, at: this.#options.clock.now() });
  }

  /**
   * Adds work without a file event.
   * @param told whether its end is reported in any case
   */
  demand(needs: Needs, told = false): void {
    if (this.#demanded === undefined) queueMicrotask(() => this.#flushDemands());
    const before = this.#demanded ?? { needs: nothing, told: false };
    this.#demanded = { needs: both(before.needs, needs), told: before.told || told };
  }

  /** Handles the waiting changes at once. */
  trigger(): void {
    this.#flush();
    this.#dispatch({ type: "due", at: this.#options.clock.now(), forced: true });
  }

  /**
   * Cancels everything that runs.
   * @returns when nothing of the loop runs any more
   */
  async stop(): Promise<void> {
    this.#dispatch({ type: "stop" });
    await this.#ended.promise;
    await Promise.allSettled(this.#running);
  }

  #flush(): void {
    if (this.#gathered.length === 0) return;
    const paths = this.#gathered;
    this.#gathered = [];
    this.#dispatch({ type: "changed", paths, at: this.#options.clock.now() });
  }

  #flushDemands(): void {
    if (this.#demanded === undefined) return;
    const demanded = this.#demanded;
    this.#demanded = undefined;
    this.#dispatch({ type: "demanded", ...demanded, at: this.#options.clock.now() });
  }

  #dispatch(event: LoopEvent): void {
    const { state, effects } = step(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    switch (effect.do) {
      case "wait":
        return this.#wait(effect.until);
      case "handle":
        return this.#run(this.#handle(effect.batch, effect.underway));
      case "pass":
        return this.#run(this.#carryOut(effect.pass));
      case "saved":
        return this.#options.emit({
          type: "save",
          what: effect.what,
          paths: effect.batch.counted || effect.batch.paths.size,
          ...(effect.batch.counted === undefined ? {} : { counted: effect.batch.counted }),
          seconds: (this.#options.clock.now() - effect.batch.first) / 1000,
          ...(effect.why === undefined ? {} : { why: effect.why }),
        });
      case "abort":
        this.#timer.abort();
        this.#stop.abort(new DOMException("the session ends", "AbortError"));
        return this.#pass.abort(this.#stop.signal.reason);
      case "ended":
        return this.#ended.resolve();
    }
  }

  #run(work: Promise<void>): void {
    const tracked = work.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  /** Sets the one timer. */
  #wait(until: number): void {
    const { clock, manual } = this.#options;
    this.#timer.abort();
    if (manual) return;
    const timer = new AbortController();
    this.#timer = timer;
    const wake = async () => {
      await clock.sleep(Math.max(0, until - clock.now()), timer.signal);
      const { last } =
        this.#state.name === "debouncing" || this.#state.name === "queued" ? this.#state.batch : { last: 0 };
      const busy = await this.#options.work.busy(last, clock.now());
      if (!timer.signal.aborted) this.#dispatch({ type: busy ? "busy" : "due", at: clock.now() });
    };
    this.#run(
      wake().catch((thrown: unknown) => {
        if (!timer.signal.aborted) this.#complain(thrown, this.#stop.signal);
      }),
    );
  }

  async #handle(batch: Batch, underway: Needs): Promise<void> {
    // After a failure a whole pass is needed, which either has the same failure or includes the batch.
    let result: Handled = { needs: { ...everything, reload: true }, synced: false };
    try {
      result = await this.#options.work.handle(batch, underway, this.#stop.signal);
    } catch (thrown) {
      this.#complain(thrown, this.#stop.signal);
    }
    const { later, ...handled } = result;
    this.#dispatch({ type: "handled", ...handled, later: later !== undefined });
    if (later === undefined) return;
    const { needs, counted = 0 } = handled;
    // A pass that the batch led to answers for it.
    this.#run(this.#later(later, isNothing(needs) ? { ...batch, counted } : undefined));
  }

  async #later(later: Promise<Needs>, batch: Batch | undefined): Promise<void> {
    try {
      this.#dispatch({ type: "synced", needs: await later, batch });
    } catch (thrown) {
      this.#complain(thrown, this.#stop.signal);
    }
  }

  /** Each pass has a signal of its own, which the next one aborts, so that only one pass counts at a time. */
  async #carryOut(pass: Pass): Promise<void> {
    this.#pass.abort(new Superseded());
    this.#pass = new AbortController();
    const { signal } = this.#pass;
    this.#options.emit({ type: "pass-started", pass: pass.number, saves: savesOf(pass) });
    let result: PassDone = { end: "cancelled", did: "nothing" };
    try {
      result = await this.#options.work.pass(pass, signal);
    } catch (thrown) {
      if (!isCancelled(thrown, signal)) {
        this.#complain(thrown, signal);
        const why = reasonOf(diagnosticsOf(thrown));
        result = { end: "failed", did: "nothing", ...(why === undefined ? {} : { why }) };
      }
    }
    const counts = "work" in this.#state && this.#state.work.pass?.number === pass.number;
    this.#dispatch({ type: "pass-ended", number: pass.number, at: this.#options.clock.now(), ...result });
    if (counts) this.#first.resolve(result.end);
  }

  #complain(thrown: unknown, signal: AbortSignal): void {
    if (isCancelled(thrown, signal)) return;
    for (const diagnostic of diagnosticsOf(thrown)) this.#options.emit({ type: "diagnostic", diagnostic });
  }
}

/** How many paths of one save an event names, because a checkout has thousands. */
const mostPaths = 100;

/** Work without a file event is not listed as a save. */
function savesOf({ saves }: Pass): (Event & { type: "pass-started" })["saves"] {
  return saves
    .filter(({ paths }) => paths.size > 0)
    .map(({ first, paths }) => ({ at: first, paths: [...paths].slice(0, mostPaths), count: paths.size }));
}
