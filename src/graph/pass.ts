/**
 * One pass over the graph: from what is wanted to done, failed, cancelled or superseded.
 *
 * Decides what starts next and what becomes of runs that an older pass began. How a task runs is the flight's, whether
 * it has to is the planner's, why it may not yet is the gate's, how far everything is the progress's. All deciding
 * happens in `#advance`, which nothing re-enters: the end of a run only notes what came of it and calls it again.
 */
import type { Hold } from "../event/event.ts";
import type { Json } from "../std/json.ts";
import { Adoption, type Landed } from "./adoption.ts";
import { type Ended, type Flight, type FlightOptions, type Identity, type Running, shownOutput } from "./flight.ts";
import { Gate } from "./gate.ts";
import { Graph } from "./graph.ts";
import { taskKey } from "./key.ts";
import type { Limits } from "./limits.ts";
import { judge } from "./plan.ts";
import { Progress } from "./progress.ts";
import { ReadyTasks, type Waiting } from "./ready.ts";
import { Remaining } from "./remaining.ts";
import type { FailedTask, PassRequest, PassResult } from "./request.ts";
import type { ActTask, DeriveTask, Inputs, ObserveTask, Task, TaskId } from "./task.ts";

export interface PassOptions extends FlightOptions {
  /** How many tasks of a kind run at once; kinds that are not named are not limited. */
  readonly limits: Limits;
  /** Chooses among tasks that may start, instead of the longest remaining chain. For tests that replay an order. */
  readonly pick: ((startable: readonly Task[]) => number) | undefined;
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
  readonly #remaining: Remaining;
  readonly #ready: ReadyTasks;
  readonly #adoption: Adoption;
  readonly #holds = new Map<TaskId, Hold>();
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
    this.#remaining = new Remaining(this.#graph, (task) => options.durations.of(task));
    this.#ready = new ReadyTasks((id) => this.#remaining.of(id));
  }

  /** Runs the pass to its end. To be called once. @throws Error for a graph that is wrong. */
  async run(): Promise<PassEnd> {
    const { signal, tasks, wanted } = this.#request;
    const cancel = () => {
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
      if (signal.aborted) this.#stop("cancelled");
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
      this.#startReady();
      if (!this.#progress.anyReached) break;
    }
    if (this.#over) return;
    this.#releaseUnwanted();
    if (this.#adoption.waiting) return;
    const open = this.#stopping ? [] : this.#progress.open();
    if (open.some((id) => this.#mayStartLater(id))) return;
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
    const inputs = this.#progress.outputs.seenBy(task);
    if (task.mode === "observe") return this.#observe(task, inputs);
    const parts = task.keyParts(inputs);
    const identity: Identity = { key: taskKey(task.kind, parts), parts, kept: placeOf(task, inputs) };
    this.#adoption.identify(task.id, identity);
    if (this.#joinsFormer(task, inputs)) return;
    const landed = this.#adoption.landedFor(task.id);
    if (landed) this.#take(task, identity, landed);
    else this.#plan(task, identity, inputs);
  }

  /** What looked at a place before this pass may have seen an older world; what files are like is known by their events. */
  #observe(task: ObserveTask, inputs: Inputs): void {
    const { emit } = this.#options;
    const event = { type: "task-planned", task: task.id, kind: task.kind } as const;
    const kept = this.#flight.observations.holding(task, inputs);
    if (kept) {
      this.#release(this.#flight.get(task.id));
      emit({ ...event, verdict: { kind: "kept", ...(kept.absorbed > 0 ? { absorbed: kept.absorbed } : {}) } });
      return this.#complete(task.id, kept.output);
    }
    if (this.#joinsFormer(task, inputs)) return;
    emit({ ...event, verdict: { kind: "observe" } });
    this.#makeReady(task.id);
  }

  /** Joins the run that an older pass began where it gives what is wanted, and ends it where it does not. */
  #joinsFormer(task: Task, inputs: Inputs): boolean {
    const right = this.#adoption.rightRun(task, inputs);
    if (right) this.#join(task.id, right);
    else this.#release(this.#flight.get(task.id));
    return right !== undefined;
  }

  /** The same work ended a moment ago, too late for what looked at the world in this pass to have seen it. */
  #take(task: DeriveTask | ActTask, identity: Identity, { by, ended }: Landed): void {
    if (ended.outcome === "done") {
      const proof = by === task.id ? "just done" : `just done as ${by}`;
      const event = { type: "task-planned", task: task.id, kind: task.kind, key: identity.key } as const;
      this.#options.emit({ ...event, verdict: { kind: "fresh", proof } });
      if (by !== task.id) this.#flight.record(task.id, identity, ended.output, ended.seconds);
    }
    this.#settle(task.id, ended);
  }

  #plan(task: DeriveTask | ActTask, identity: Identity, inputs: Inputs): void {
    const forced = this.#request.forced?.(task.id) ?? false;
    const { verdict, reuse } = judge({ task, ...identity, inputs, forced }, this.#flight.records);
    this.#options.emit({ type: "task-planned", task: task.id, kind: task.kind, verdict, key: identity.key });
    if (reuse) this.#complete(task.id, reuse.output);
    else this.#makeReady(task.id);
  }

  #makeReady(id: TaskId): void {
    this.#progress.ready(id);
    if (!this.#meets(id)) this.#ready.add(id, this.#graph.get(id).kind);
  }

  // Starting

  #startReady(): void {
    const { pick } = this.#options;
    if (pick) return this.#startPicked(pick);
    for (const kind of this.#ready.kinds()) this.#startKind(kind);
  }

  #startKind(kind: string): void {
    const held: Waiting[] = [];
    while (!this.#halted && this.#isOpen(kind)) {
      const next = this.#ready.take(kind);
      if (next === undefined) break;
      if (!this.#progress.isReady(next.id) || this.#meets(next.id)) continue;
      if (this.#mayStart(next.id)) this.#start(next.id);
      else held.push(next);
    }
    this.#ready.giveBack(kind, held);
  }

  #startPicked(pick: (startable: readonly Task[]) => number): void {
    while (!this.#halted) {
      const open = [...this.#ready.kinds()].filter((kind) => this.#isOpen(kind));
      const ready = open.flatMap((kind) => this.#ready.of(kind)).filter((id) => this.#progress.isReady(id));
      const startable = ready.filter((id) => !this.#meets(id) && this.#mayStart(id));
      if (startable.length === 0) return;
      const id = startable[pick(startable.map((each) => this.#graph.get(each)))];
      if (id === undefined) throw new Error("the pick is none of the tasks that may start");
      this.#start(id);
    }
  }

  /** Whether tasks of a kind may start. Tells each of them once why not, and leaves out what will never start. */
  #isOpen(kind: string): boolean {
    const hold = this.#gate.holdOfKind(kind, this.#flight.count(kind));
    if (hold === undefined) return true;
    if (hold === "never") for (const id of this.#ready.of(kind)) this.#progress.skip(id);
    else for (const id of this.#ready.untold(kind, JSON.stringify(hold))) this.#tell(id, hold);
    return false;
  }

  #mayStart(id: TaskId): boolean {
    if (this.#flight.get(id)) return false;
    const hold = this.#gate.holdOf(this.#graph.get(id));
    if (hold) this.#tell(id, hold);
    else this.#holds.delete(id);
    return hold === undefined;
  }

  #tell(id: TaskId, hold: Hold): void {
    if (!this.#progress.isReady(id) || JSON.stringify(this.#holds.get(id)) === JSON.stringify(hold)) return;
    this.#holds.set(id, hold);
    this.#options.emit({ type: "task-held", task: id, hold });
  }

  /**
   * Whether a task that does not run yet will be started by something else than the work of this pass: when its former
   * run, or another one of its kind, ends, or when the caller lifts a hold and wakes us.
   */
  #mayStartLater(id: TaskId): boolean {
    if (this.#flight.get(id)) return true;
    const hold = this.#holds.get(id);
    if (!hold || !this.#progress.isReady(id)) return false;
    if (hold.kind === "limit") return this.#flight.count(this.#graph.get(id).kind) > 0;
    return hold.kind !== "barrier";
  }

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

  #complete(id: TaskId, output: Json): void {
    if (!this.#progress.done(id, output)) return;
    this.#remaining.forget();
    this.#ready.disorder();
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

function placeOf(task: DeriveTask | ActTask, inputs: Inputs): Identity["kept"] {
  if (task.mode === "act") return "record";
  return (task.lasts?.(inputs) ?? true) ? "private" : "session";
}
