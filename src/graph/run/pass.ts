/**
 * One pass over the graph: from wanted tasks to done, failed, cancelled or superseded.
 * Decides when each part of a pass does its work. The planner decides whether a task runs, the adoption which older run
 * serves it, the scheduler what starts next, the gate why it must wait, the progress how far each task is, the flight
 * how a task runs. All decisions happen in `advance`, which is not re-entered: the end of a run only notes its result
 * and calls it again.
 */
import type { Verdict } from "../../event/event.ts";
import type { Json } from "../../std/data/json.ts";
import { Graph } from "../graph.ts";
import { type Decision, Planner, type PlannerOptions } from "../plan/planner.ts";
import type { FailedTask, PassRequest, PassResult } from "../request.ts";
import type { ObserveTask, Task, TaskId } from "../task.ts";
import { Adoption, type Landed } from "./adoption.ts";
import { type Ended, type Flight, type FlightOptions, type Identity, type Running, shownOutput } from "./flight.ts";
import { Gate } from "./gate.ts";
import type { Limits } from "./limits.ts";
import { Progress } from "./progress.ts";
import { Scheduler, type SchedulerOptions } from "./scheduler.ts";
import { Superseded } from "./superseded.ts";

export interface PassOptions extends FlightOptions, PlannerOptions, SchedulerOptions {
  /** How many tasks of a kind run at once; a kind without a number has no limit. */
  readonly limits: Limits;
  readonly durations: FlightOptions["durations"];
}

/** `again`: all failures are of tasks whose inputs changed during their run. */
export type PassEnd = PassResult & { readonly again: boolean };

export class Pass {
  readonly #request: PassRequest;
  readonly #options: PassOptions;
  readonly #flight: Flight;
  readonly #graph = new Graph();
  readonly #gate: Gate;
  readonly #progress: Progress;
  readonly #planner: Planner;
  readonly #adoption: Adoption;
  readonly #scheduler: Scheduler;
  /** Tasks for which a record source is being asked, until it has answered or the pass is over. */
  readonly #asking = new Set<TaskId>();
  readonly #asked = new AbortController();
  readonly #verdicts = new Map<TaskId, Verdict>();
  readonly #failed: (FailedTask & { readonly inputsChanged: boolean })[] = [];
  readonly #end = Promise.withResolvers<PassEnd>();
  #stopping: "failure" | "cancelled" | undefined;
  #over = false;
  #advancing = false;

  constructor(request: PassRequest, flight: Flight, options: PassOptions) {
    this.#request = request;
    this.#flight = flight;
    this.#options = options;
    this.#adoption = new Adoption(flight);
    this.#gate = new Gate(this.#graph, request, options.limits);
    this.#progress = new Progress(this.#graph, this.#gate, ({ id, kind }) =>
      options.emit({ type: "task-ended", task: id, kind, outcome: "skipped", seconds: 0 }),
    );
    this.#planner = new Planner(request, flight, this.#progress.outputs, options);
    const parts = { graph: this.#graph, gate: this.#gate, progress: this.#progress, flight };
    this.#scheduler = new Scheduler(
      { ...parts, meets: (id) => this.#meets(id), start: (id) => this.#start(id), halted: () => this.#halted },
      options,
    );
  }

  /**
   * Runs the pass to its end. Called once.
   * @throws Error for a malformed graph
   */
  async run(): Promise<PassEnd> {
    const { signal, tasks, wanted } = this.#request;
    const cancel = () => {
      if (signal.reason instanceof Superseded) return this.supersede();
      this.#stop("cancelled");
      this.advance();
    };
    signal.addEventListener("abort", cancel, { once: true });
    this.#flight.onEnd = (running, ended) => this.#onEnd(running, ended);
    this.#flight.onWatch = async (files) => this.#request.watch?.(files);
    try {
      this.#guarded(() => {
        this.#graph.add(tasks);
        this.#progress.want(wanted ?? [...this.#graph.ids()]);
        this.#progress.refuseUnknown(wanted ?? []);
      });
      if (signal.aborted) cancel();
      this.advance();
      return await this.#end.promise;
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  /** Ends this pass for a newer one: nothing starts any more, and the newer pass joins or ends what runs. */
  supersede(): void {
    if (this.#over) return;
    this.#over = true;
    this.#asked.abort();
    this.#end.resolve(this.#result("superseded"));
  }

  /** Starts every task that can start now, and ends the pass when nothing is left. */
  advance(): void {
    if (this.#advancing) return;
    this.#advancing = true;
    this.#guarded(() => this.#advance());
    this.#advancing = false;
  }

  #advance(): void {
    while (!this.#halted) {
      for (const task of this.#progress.takeReached()) if (!this.#halted) this.#reach(task);
      if (this.#progress.anyReached) continue;
      this.#scheduler.startReady();
      if (!this.#progress.anyReached) break;
    }
    if (this.#over) return;
    this.#releaseUnwanted();
    if (this.#adoption.waiting) return;
    const open = this.#stopping ? [] : this.#progress.open();
    if (open.some((id) => this.#asking.has(id) || this.#scheduler.mayStartLater(id))) return;
    if (open.length > 0 && this.#failed.length === 0)
      throw new Error(`tasks that can never run: ${this.#progress.whatLacks(open)}`);
    this.#finish();
  }

  /** True when nothing may start any more. */
  get #halted(): boolean {
    return this.#over || this.#stopping !== undefined;
  }

  // Deciding

  /** Called when the dependencies of a task are done: its key is known now, and the planner can decide. */
  #reach(task: Task): void {
    if (task.mode === "observe") return this.#observe(task);
    const identity = this.#planner.identify(task);
    this.#adoption.identify(task.id, identity);
    if (this.#joinsFormer(task)) return;
    const landed = this.#adoption.landedFor(task.id);
    if (landed) return this.#take(task, identity, landed);
    this.#carryOut(task, this.#planner.decide(task, identity));
  }

  /**
   * An observation over places of an older pass may be outdated, so it is not joined; one over files is joined while
   * its files are unchanged.
   */
  #observe(task: ObserveTask): void {
    const known = this.#planner.withoutRun(task);
    if (known) {
      this.#release(this.#flight.get(task.id));
      this.#carryOut(task, known);
    } else if (!this.#joinsFormer(task)) this.#carryOut(task, { do: "run", verdict: { kind: "observe" } });
  }

  /** Joins the run of an older pass where its result can be used, and ends it otherwise. */
  #joinsFormer(task: Task): boolean {
    const right = this.#adoption.rightRun(task, this.#progress.outputs.seenBy(task));
    if (right) this.#join(task.id, right);
    else this.#release(this.#flight.get(task.id));
    return right !== undefined;
  }

  /** Takes the result of the same work that ended after this pass made its observations. */
  #take(task: Task, identity: Identity, { by, ended }: Landed): void {
    if (ended.outcome === "done") {
      this.#planned(task, { kind: "fresh", proof: by === task.id ? "just done" : `just done as ${by}` });
      if (by !== task.id) this.#flight.record(task.id, identity, ended.output, ended.seconds);
    }
    this.#settle(task.id, ended);
  }

  /** Waits for the answer of record sources; other tasks continue meanwhile. */
  #ask(task: Task, question: Extract<Decision, { do: "ask" }>): void {
    this.#progress.ready(task.id);
    this.#asking.add(task.id);
    void question.answer(this.#asked.signal).then((decision) => {
      this.#asking.delete(task.id);
      this.#guarded(() => {
        // Equal work may have given a result by now.
        if (!this.#halted && this.#progress.isReady(task.id)) this.#carryOut(task, decision);
      });
      this.advance();
    });
  }

  #carryOut(task: Task, decision: Decision): void {
    if (decision.do === "ask") return this.#ask(task, decision);
    this.#planned(task, decision.verdict);
    if (decision.do === "run") return this.#makeReady(task.id);
    const identity = this.#adoption.identityOf(task.id);
    if (decision.do === "use" && decision.record && identity)
      this.#flight.record(task.id, identity, decision.output, decision.record.seconds);
    this.#complete(task.id, decision.output, decision.do === "foresee");
  }

  #planned(task: Task, verdict: Verdict): void {
    const key = this.#adoption.identityOf(task.id)?.key;
    this.#verdicts.set(task.id, verdict);
    const event = { type: "task-planned", task: task.id, kind: task.kind, verdict } as const;
    this.#options.emit(key === undefined ? event : { ...event, key });
  }

  #makeReady(id: TaskId): void {
    this.#progress.ready(id);
    if (!this.#meets(id)) this.#scheduler.add(id);
  }

  // Starting

  /**
   * A task with equal work needs no turn: it joins a running one, and takes the result of one that ended since it was
   * planned.
   */
  #meets(id: TaskId): boolean {
    const met = this.#adoption.meet(id);
    if (met === undefined) return false;
    if ("running" in met) this.#join(id, met.running);
    else this.#settleMerged(id, met.ended);
    return true;
  }

  #meetAll(ids: readonly TaskId[]): void {
    for (const id of ids) if (this.#progress.isReady(id)) this.#meets(id);
  }

  #start(id: TaskId): void {
    const task = this.#graph.get(id);
    const running = this.#flight.start(task, this.#adoption.identityOf(id), this.#progress.outputs.seenBy(task));
    this.#join(id, running);
    this.#meetAll(this.#adoption.alike(running));
  }

  #join(id: TaskId, running: Running): void {
    this.#progress.running(id);
    this.#adoption.join(id, running);
  }

  // Ending

  #onEnd(running: Running, ended: Ended): void {
    const joined = this.#adoption.ended(running, ended);
    this.#guarded(() => {
      for (const id of joined) {
        if (id === running.task.id) this.#settle(id, ended);
        else this.#settleMerged(id, ended);
      }
      this.#meetAll(this.#adoption.alike(running));
    });
    this.advance();
  }

  #settle(id: TaskId, ended: Ended): void {
    if (ended.outcome === "done") this.#complete(id, ended.output);
    else if (ended.outcome === "failed") this.#fail(id, ended);
    // An older pass ended the run; this pass still wants the task.
    else if (!this.#stopping) this.#makeReady(id);
  }

  /** Ends a task whose work another task did, and records it as if it had run. */
  #settleMerged(id: TaskId, ended: Ended): void {
    const task = this.#graph.get(id);
    const event = { type: "task-ended", task: id, kind: task.kind, seconds: 0 } as const;
    if (ended.outcome === "failed") this.#options.emit({ ...event, outcome: "failed", diagnostics: ended.diagnostics });
    if (ended.outcome === "done") {
      const identity = this.#adoption.identityOf(id);
      if (identity) this.#flight.record(id, identity, ended.output, ended.seconds);
      this.#options.emit({ ...event, outcome: "done", ...shownOutput(task, ended.output) });
    }
    this.#settle(id, ended);
  }

  #complete(id: TaskId, output: Json, foreseen = false): void {
    if (this.#progress.done(id, output, foreseen)) this.#scheduler.grown();
  }

  #fail(id: TaskId, { diagnostics, inputsChanged }: Extract<Ended, { outcome: "failed" }>): void {
    this.#failed.push({ task: id, diagnostics, inputsChanged });
    if (inputsChanged) for (const dep of this.#graph.above(id)) this.#flight.observations.invalidate(dep);
    this.#progress.failed(id);
    if (this.#request.onFailure === "stop") this.#stop("failure");
  }

  /** Ends runs of older passes that no task of this pass wants, once no task can expand any more. */
  #releaseUnwanted(): void {
    if (this.#gate.growing && !this.#stopping) return;
    for (const running of this.#flight.all())
      if (!this.#adoption.isJoined(running) && this.#progress.isUnwanted(running.task.id)) this.#release(running);
  }

  /** Ends a run whose result is not needed, unless it is uninterruptible. */
  #release(running: Running | undefined): void {
    if (running && !(running.task.mode === "act" && running.task.uninterruptible)) running.abort();
  }

  #stop(why: "failure" | "cancelled"): void {
    if (this.#over) return;
    if (this.#stopping !== "cancelled") this.#stopping = why;
    this.#asked.abort();
    for (const running of this.#flight.all()) {
      if (why === "cancelled") running.abort();
      else this.#release(running);
    }
  }

  /** Ends the pass once its aborted runs have ended and all results are recorded. */
  #finish(): void {
    if (this.#stopping !== "cancelled") for (const id of this.#progress.open()) this.#progress.skip(id);
    this.#over = true;
    if (this.#failed.length === 0 && !this.#stopping) this.#flight.observations.keepOnly((id) => this.#graph.has(id));
    const ending = this.#flight.all().filter((running) => running.aborted);
    const outcome = this.#stopping === "cancelled" ? "cancelled" : this.#failed.length > 0 ? "failed" : "done";
    void Promise.all(ending.map((running) => running.ended))
      .then(() => this.#flight.recorded())
      .then(() => this.#end.resolve(this.#result(outcome)));
  }

  #result(outcome: PassResult["outcome"]): PassEnd {
    return {
      outcome,
      outputs: this.#progress.outputs.all,
      verdicts: this.#verdicts,
      failed: this.#failed.map(({ task, diagnostics }) => ({ task, diagnostics })),
      again: outcome === "failed" && this.#failed.every(({ inputsChanged }) => inputsChanged),
    };
  }

  /**
   * Runs `work`; a programmer's error in it ends the pass and everything that runs, and is thrown to the caller of
   * `run`.
   */
  #guarded(work: () => void): void {
    if (this.#over) return;
    try {
      work();
    } catch (error) {
      this.#over = true;
      const running = this.#flight.all();
      for (const each of running) each.abort();
      void Promise.all(running.map((each) => each.ended)).then(() => this.#end.reject(error));
    }
  }
}
