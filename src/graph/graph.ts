/**
 * The tasks of one pass and the edges between them. The graph grows while the pass runs, as tasks expand.
 * Decides what a well-formed graph is. A duplicate task and a cycle are programmer's errors and thrown as such: no
 * configuration of a user may lead to one.
 */
import type { Task, TaskId } from "./task.ts";

export class Graph {
  readonly #tasks = new Map<TaskId, Task>();
  readonly #dependents = new Map<TaskId, TaskId[]>();
  readonly #deps = new Map<TaskId, readonly TaskId[]>();
  /** Tasks that other tasks wait for without depending on them (`precedes`). */
  readonly #inserted: Task[] = [];

  /**
   * Adds tasks. Their dependencies may be added later.
   * @throws Error for an id that exists already, and for a cycle
   */
  add(tasks: readonly Task[]): void {
    for (const task of tasks) {
      if (this.#tasks.has(task.id)) throw new Error(`two tasks with the id ${task.id}`);
      this.#tasks.set(task.id, task);
      if (task.precedes) this.#inserted.push(task);
    }
    for (const task of tasks) {
      const preceding = this.#inserted.filter((other) => other !== task && other.precedes?.(task));
      const deps = [...new Set([...task.deps, ...preceding.map(({ id }) => id)])];
      this.#deps.set(task.id, deps);
      for (const dep of deps) {
        const dependents = this.#dependents.get(dep);
        if (dependents) dependents.push(task.id);
        else this.#dependents.set(dep, [task.id]);
      }
    }
    this.#refuseCycle(tasks);
  }

  /** The tasks that must be done before a task, each once: its dependencies, and the tasks that precede it. */
  depsOf(id: TaskId): readonly TaskId[] {
    return this.#deps.get(id) ?? [];
  }

  has(id: TaskId): boolean {
    return this.#tasks.has(id);
  }

  /** @throws Error for an id that was never added: a programmer's error. */
  get(id: TaskId): Task {
    const task = this.#tasks.get(id);
    if (!task) throw new Error(`no task with the id ${id}`);
    return task;
  }

  ids(): Iterable<TaskId> {
    return this.#tasks.keys();
  }

  /** Tasks that wait for `id`, even where `id` is not added yet. */
  dependents(id: TaskId): readonly TaskId[] {
    return this.#dependents.get(id) ?? [];
  }

  /** Everything that a task depends on, directly or through others. */
  above(id: TaskId): ReadonlySet<TaskId> {
    const found = new Set<TaskId>(this.depsOf(id));
    for (const each of found) for (const dep of this.depsOf(each)) found.add(dep);
    return found;
  }

  /**
   * A new cycle must contain a new task, so the search starts from new tasks. It is iterative, because chains can be
   * long.
   */
  #refuseCycle(from: readonly Task[]): void {
    const open = new Set<TaskId>();
    const closed = new Set<TaskId>();
    for (const { id } of from) {
      const path: { id: TaskId; next: number }[] = [{ id, next: 0 }];
      open.add(id);
      for (let top = path.at(-1); top; top = path.at(-1)) {
        const dep = this.depsOf(top.id)[top.next++];
        if (dep === undefined) {
          path.pop();
          open.delete(top.id);
          closed.add(top.id);
        } else if (open.has(dep)) {
          const ids = path.map((step) => step.id);
          throw new Error(`tasks in a cycle: ${[...ids.slice(ids.indexOf(dep)), dep].join(" -> ")}`);
        } else if (!closed.has(dep)) {
          path.push({ id: dep, next: 0 });
          open.add(dep);
        }
      }
    }
  }
}
