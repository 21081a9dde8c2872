/**
 * Decides which of the ready tasks start now: those whose kind the gate lets through, the head of the longest remaining
 * chain first. Emits why each of the others waits, once for each reason. The planner decides whether a task is needed.
 */
import type { Event, Hold } from "../../event/event.ts";
import type { Graph } from "../graph.ts";
import type { Task, TaskId } from "../task.ts";
import type { Flight } from "./flight.ts";
import type { Gate } from "./gate.ts";
import type { Progress } from "./progress.ts";
import { ReadyTasks, type Waiting } from "./ready.ts";
import { Remaining } from "./remaining.ts";

export interface SchedulerOptions {
  /** Chooses among tasks that may start, instead of the longest remaining chain. For tests that replay an order. */
  readonly pick: ((startable: readonly Task[]) => number) | undefined;
  readonly durations: { of(task: TaskId): number | undefined };
  emit(event: Event): void;
}

/** The parts of one pass that a scheduler uses. */
export interface SchedulerParts {
  readonly graph: Graph;
  readonly gate: Gate;
  readonly progress: Progress;
  readonly flight: Flight;
  /** Whether equal work serves the task, so that it need not start. */
  meets(id: TaskId): boolean;
  start(id: TaskId): void;
  /** True when nothing may start any more. */
  halted(): boolean;
}

export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #options: SchedulerOptions;
  readonly #remaining: Remaining;
  readonly #ready: ReadyTasks;
  readonly #holds = new Map<TaskId, Hold>();

  constructor(parts: SchedulerParts, options: SchedulerOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#remaining = new Remaining(parts.graph, (task) => options.durations.of(task));
    this.#ready = new ReadyTasks((id) => this.#remaining.of(id));
  }

  /** Adds a task that is ready to start. */
  add(id: TaskId): void {
    this.#ready.add(id, this.#parts.graph.get(id).kind);
  }

  /** Called when the graph has grown. */
  grown(): void {
    this.#remaining.forget();
    this.#ready.disorder();
  }

  /** Starts every task that may start now. */
  startReady(): void {
    const { pick } = this.#options;
    if (pick) return this.#startPicked(pick);
    for (const kind of this.#ready.kinds()) this.#startKind(kind);
  }

  /**
   * Whether a waiting task will be started by another event than the end of a task of this pass: when its older run, or
   * another one of its kind, ends, or when the caller lifts a hold and calls `wake`.
   */
  mayStartLater(id: TaskId): boolean {
    const { flight, graph, progress } = this.#parts;
    if (flight.get(id)) return true;
    const hold = this.#holds.get(id);
    if (!hold || !progress.isReady(id)) return false;
    if (hold.kind === "limit") return flight.count(graph.get(id).kind) > 0;
    return hold.kind !== "barrier";
  }

  #startKind(kind: string): void {
    const { progress, meets, start, halted } = this.#parts;
    const held: Waiting[] = [];
    while (!halted() && this.#isOpen(kind)) {
      const next = this.#ready.take(kind);
      if (next === undefined) break;
      if (!progress.isReady(next.id) || meets(next.id)) continue;
      if (this.#mayStart(next.id)) start(next.id);
      else held.push(next);
    }
    this.#ready.giveBack(kind, held);
  }

  #startPicked(pick: (startable: readonly Task[]) => number): void {
    const { graph, progress, meets, start, halted } = this.#parts;
    while (!halted()) {
      const open = [...this.#ready.kinds()].filter((kind) => this.#isOpen(kind));
      const ready = open.flatMap((kind) => this.#ready.of(kind)).filter((id) => progress.isReady(id));
      const startable = ready.filter((id) => !meets(id) && this.#mayStart(id));
      if (startable.length === 0) return;
      const id = startable[pick(startable.map((each) => graph.get(each)))];
      if (id === undefined) throw new Error("the pick is none of the tasks that may start");
      start(id);
    }
  }

  /**
   * Whether tasks of a kind may start. Emits the reason for each that may not, and skips those that will never start.
   */
  #isOpen(kind: string): boolean {
    const { gate, flight, progress } = this.#parts;
    const hold = gate.holdOfKind(kind, flight.count(kind));
    if (hold === undefined) return true;
    if (hold === "never") for (const id of this.#ready.of(kind)) progress.skip(id);
    else for (const id of this.#ready.untold(kind, JSON.stringify(hold))) this.#tell(id, hold);
    return false;
  }

  #mayStart(id: TaskId): boolean {
    const { gate, flight, graph } = this.#parts;
    if (flight.get(id)) return false;
    const hold = gate.holdOf(graph.get(id));
    if (hold) this.#tell(id, hold);
    else this.#holds.delete(id);
    return hold === undefined;
  }

  #tell(id: TaskId, hold: Hold): void {
    if (!this.#parts.progress.isReady(id)) return;
    if (JSON.stringify(this.#holds.get(id)) === JSON.stringify(hold)) return;
    this.#holds.set(id, hold);
    this.#options.emit({ type: "task-held", task: id, hold });
  }
}
