/**
 * Why a task that could run does not run yet: the limit of its kind, a barrier, or a reason of the caller.
 * Counts unfinished tasks by kind. A barrier also waits for tasks that may still expand into a kind that it waits for,
 * unless those are behind the barrier themselves. A barrier whose work has failed never opens, and is reported as such.
 */
import type { Hold } from "../../event/event.ts";
import type { Graph } from "../graph.ts";
import type { Barrier, PassRequest } from "../request.ts";
import type { Task } from "../task.ts";
import type { Limits } from "./limits.ts";

/** `never`: the task waits for work that has failed. */
export type HoldState = Hold | "never" | undefined;

export class Gate {
  readonly #graph: Graph;
  readonly #request: PassRequest;
  readonly #limits: Limits;
  readonly #unfinished = new Map<string, number>();
  readonly #failed = new Set<string>();
  readonly #expanding = new Set<Task>();

  constructor(graph: Graph, request: PassRequest, limits: Limits) {
    this.#graph = graph;
    this.#request = request;
    this.#limits = limits;
  }

  /** Whether a task that may still add others is unfinished. */
  get growing(): boolean {
    return this.#expanding.size > 0;
  }

  wanted(task: Task): void {
    this.#unfinished.set(task.kind, (this.#unfinished.get(task.kind) ?? 0) + 1);
    if (task.expand) this.#expanding.add(task);
  }

  /** Called after the tasks that it expanded into were added. */
  finished(task: Task, succeeded: boolean): void {
    this.#unfinished.set(task.kind, (this.#unfinished.get(task.kind) ?? 0) - 1);
    this.#expanding.delete(task);
    if (!succeeded) this.#failed.add(task.kind);
  }

  /**
   * The reason that holds every task of a kind.
   * @param running how many tasks of the kind run
   */
  holdOfKind(kind: string, running: number): HoldState {
    for (const barrier of this.#request.barriers ?? []) {
      if (!barrier.before.includes(kind)) continue;
      if (barrier.after.some((other) => this.#failed.has(other))) return "never";
      const waitsFor = barrier.after.filter((other) => (this.#unfinished.get(other) ?? 0) > 0);
      if (waitsFor.length > 0) return { kind: "barrier", waitsFor };
      if (this.#mayGrowBefore(barrier)) return { kind: "barrier", waitsFor: barrier.after };
    }
    const max = this.#limits[kind];
    return max !== undefined && running >= max ? { kind: "limit", of: kind, max } : undefined;
  }

  /** The caller's reason to hold one task whose kind may start. */
  holdOf(task: Task): Hold | undefined {
    return this.#request.hold?.(task);
  }

  #mayGrowBefore(barrier: Barrier): boolean {
    for (const task of this.#expanding) if (!this.#isBehind(task, barrier)) return true;
    return false;
  }

  #isBehind(task: Task, barrier: Barrier): boolean {
    const seen = new Set<Task>([task]);
    for (const each of seen) {
      if (barrier.before.includes(each.kind)) return true;
      for (const dep of this.#graph.depsOf(each.id)) if (this.#graph.has(dep)) seen.add(this.#graph.get(dep));
    }
    return false;
  }
}
