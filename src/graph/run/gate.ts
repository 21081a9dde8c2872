/**
 * Why a task that could run does not run yet: the limit of its kind, a barrier, or what the caller says.
 *
 * Counts what is unfinished by kind as tasks come and go. A barrier also waits for tasks that may still expand into what
 * it waits for, unless those are themselves behind it; one whose work has failed never opens, and says so.
 */
import type { Hold } from "../../event/event.ts";
import type { Graph } from "../graph.ts";
import type { Barrier, PassRequest } from "../request.ts";
import type { Task } from "../task.ts";
import type { Limits } from "./limits.ts";

/** `never`: the task waits for work that has failed. */
export type Held = Hold | "never" | undefined;

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

  /** To be called after what it expanded into was added. */
  finished(task: Task, succeeded: boolean): void {
    this.#unfinished.set(task.kind, (this.#unfinished.get(task.kind) ?? 0) - 1);
    this.#expanding.delete(task);
    if (!succeeded) this.#failed.add(task.kind);
  }

  /** What holds every task of a kind back. @param running how many of them run */
  holdOfKind(kind: string, running: number): Held {
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

  /** What the caller says of one task whose kind may start. */
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
