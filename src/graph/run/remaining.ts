/**
 * The estimated time of all work that waits for a task, which orders ready tasks. Starting the head of the longest
 * chain first avoids that the end of a pass waits for work that could have begun earlier.
 */
import type { Graph } from "../graph.ts";
import type { Task, TaskId } from "../task.ts";

/** Estimated seconds of a task of a kind that never ran: only their order matters. */
const usual: Readonly<Record<string, number>> = {
  build: 20,
  test: 10,
  deliver: 3,
  hook: 2,
  wait: 2,
  render: 0.5,
  apply: 0.1,
};

/** Seconds from the start of a task to the end of the longest chain of its dependents. */
export class Remaining {
  readonly #graph: Graph;
  readonly #seconds: (task: TaskId) => number | undefined;
  #known = new Map<TaskId, number>();

  /** @param seconds of a task's last run; undefined where it never ran */
  constructor(graph: Graph, seconds: (task: TaskId) => number | undefined) {
    this.#graph = graph;
    this.#seconds = seconds;
  }

  /** Called when the graph has grown. */
  forget(): void {
    this.#known = new Map();
  }

  of(id: TaskId): number {
    const stack = [id];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const dependents = this.#graph.dependents(top);
      const unknown = this.#known.has(top) ? [] : dependents.filter((other) => !this.#known.has(other));
      if (unknown.length > 0) {
        stack.push(...unknown);
        continue;
      }
      stack.pop();
      if (this.#known.has(top)) continue;
      const after = dependents.reduce((most, other) => Math.max(most, this.#known.get(other) ?? 0), 0);
      this.#known.set(top, this.#own(this.#graph.get(top)) + after);
    }
    return this.#known.get(id) ?? 0;
  }

  #own(task: Task): number {
    return this.#seconds(task.id) ?? usual[task.kind] ?? 0.01;
  }
}
