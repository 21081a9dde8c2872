/**
 * Why a task that could run does not run yet: the limit of its kind, a barrier, or a reason of the caller.
 * Knows unfinished tasks by kind. A barrier waits for those of its kinds, and for tasks that may still expand into such,
 * except where they are behind the barrier themselves: these depend on what it holds. A barrier whose work has failed never opens, and is reported as such.
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
  readonly #unfinished = new Map<string, Set<Task>>();
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
    const sameKind = this.#unfinished.get(task.kind) ?? new Set();
    this.#unfinished.set(task.kind, sameKind.add(task));
    if (task.expand) this.#expanding.add(task);
  }

  /** Called after the tasks that it expanded into were added. */
  finished(task: Task, succeeded: boolean): void {
    this.#unfinished.get(task.kind)?.delete(task);
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
      const waitsFor = barrier.after.filter((other) => this.#isAwaited(other, barrier));
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

  #isAwaited(kind: string, barrier: Barrier): boolean {
    for (const task of this.#unfinished.get(kind) ?? []) if (!this.#isBehind(task, barrier)) return true;
    return false;
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
