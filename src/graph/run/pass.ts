/**
 * One pass over the graph: from what is wanted to done, failed, cancelled or superseded.
 *
 * Decides when the parts of a pass get their turn. Whether a task has to run is the planner's, which run of an older pass
 * serves it is the adoption's, what starts next is the scheduler's, why it may not yet is the gate's, how far everything
 * is the progress's, how a task runs is the flight's. All deciding happens in `#advance`, which nothing re-enters: the end
 * of a run only notes what came of it and calls it again.
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
  /** How many tasks of a kind run at once; kinds that are not named are not limited. */
  readonly limits: Limits;
  readonly durations: FlightOptions["durations"];
}

/** `again`: nothing failed but tasks whose inputs changed under them. */
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
  /** Tasks whose result others may know, until they have answered or the pass is over. */
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

  /** Runs the pass to its end. To be called once. @throws Error for a graph that is wrong. */
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

  /** A newer pass takes over: nothing new starts, and what runs is the newer one's to join or end. */
  supersede(): void {
    if (this.#over) return;
    this.#over = true;
    this.#asked.abort();
    this.#end.resolve(this.#result("superseded"));
  }

  /** Starts whatever can start now, and ends the pass when nothing is left. */
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

  /** Nothing more may start. */
  get #halted(): boolean {
    return this.#over || this.#stopping !== undefined;
  }

  // Deciding

  /** The dependencies are done: now the key is known, and with it what is to be done. */
  #reach(task: Task): void {
    if (task.mode === "observe") return this.#observe(task);
    const identity = this.#planner.identify(task);
    this.#adoption.identify(task.id, identity);
    if (this.#joinsFormer(task)) return;
    const landed = this.#adoption.landedFor(task.id);
    if (landed) return this.#take(task, identity, landed);
    this.#carryOut(task, this.#planner.decide(task, identity));
  }

  /** What looked at a place before this pass may have seen an older world; what files are like is known by their events. */
  #observe(task: ObserveTask): void {
    const known = this.#planner.withoutLook(task);
    if (known) {
      this.#release(this.#flight.get(task.id));
      this.#carryOut(task, known);
    } else if (!this.#joinsFormer(task)) this.#carryOut(task, { do: "run", verdict: { kind: "observe" } });
  }

  /** Joins the run that an older pass began where it gives what is wanted, and ends it where it does not. */
  #joinsFormer(task: Task): boolean {
    const right = this.#adoption.rightRun(task, this.#progress.outputs.seenBy(task));
    if (right) this.#join(task.id, right);
    else this.#release(this.#flight.get(task.id));
    return right !== undefined;
  }

  /** The same work ended a moment ago, too late for what looked at the world in this pass to have seen it. */
  #take(task: Task, identity: Identity, { by, ended }: Landed): void {
    if (ended.outcome === "done") {
      this.#planned(task, { kind: "fresh", proof: by === task.id ? "just done" : `just done as ${by}` });
      if (by !== task.id) this.#flight.record(task.id, identity, ended.output, ended.seconds);
    }
    this.#settle(task.id, ended);
  }

  /** Waits for others to say whether they know a result; everything else goes on meanwhile. */
  #ask(task: Task, question: Extract<Decision, { do: "ask" }>): void {
    this.#progress.ready(task.id);
    this.#asking.add(task.id);
    void question.answer(this.#asked.signal).then((decision) => {
      this.#asking.delete(task.id);
      this.#guarded(() => {
        // Equal work may serve it by now.
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

  /** Equal work needs no turn of its own: it is joined while it runs, and taken where it ended since this was planned. */
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
    // The run was another pass's to end; this one still wants the task.
    else if (!this.#stopping) this.#makeReady(id);
  }

  /** A task whose work another one did has ended as well, and is recorded as if it had run. */
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

  /** Once nothing can expand any more, a run that an older pass began and this one does not know is wanted by nobody. */
  #releaseUnwanted(): void {
    if (this.#gate.growing && !this.#stopping) return;
    for (const running of this.#flight.all())
      if (!this.#adoption.isJoined(running) && this.#progress.isUnwanted(running.task.id)) this.#release(running);
  }

  /** Ends a run that is of no use any more, unless only the end of the whole run may end it. */
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

  /** Ends the pass once what it ended has ended and what it did is recorded. */
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

  /** A programmer's error anywhere in the pass ends it, and what runs, before it is thrown to the caller. */
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
