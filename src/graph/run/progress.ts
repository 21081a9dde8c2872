/**
 * The state of each task of a pass, and which tasks can be planned next.
 *
 *   waiting ──all dependencies done──> ready ──> running ──> done
 *      │                                │           └──────> failed
 *      │                                └──────fresh───────> done
 *      └── a dependency is lost, or a barrier will never open ──> skipped
 *
 * Starts no task and decides no verdict. A wanted task is added together with all tasks that it depends on, as far as
 * they are known.
 */
import type { Json } from "../../std/data/json.ts";
import type { Graph } from "../graph.ts";
import { Outputs } from "../inputs.ts";
import type { Task, TaskId } from "../task.ts";
import type { Gate } from "./gate.ts";

type State = "waiting" | "ready" | "running" | "done" | "failed" | "skipped";

export class Progress {
  readonly outputs = new Outputs();
  readonly #graph: Graph;
  readonly #gate: Gate;
  readonly #onSkip: (task: Task) => void;
  readonly #states = new Map<TaskId, State>();
  /** How many dependencies of a task have no output yet. */
  readonly #lacking = new Map<TaskId, number>();
  #reached: TaskId[] = [];

  constructor(graph: Graph, gate: Gate, onSkip: (task: Task) => void) {
    this.#graph = graph;
    this.#gate = gate;
    this.#onSkip = onSkip;
  }

  want(ids: readonly TaskId[]): void {
    const stack = [...ids].reverse();
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      if (this.#states.has(id) || !this.#graph.has(id)) continue;
      const task = this.#graph.get(id);
      this.#states.set(id, "waiting");
      this.#gate.wanted(task);
      const deps = this.#graph.depsOf(id);
      const lacking = deps.filter((dep) => !this.outputs.has(dep)).length;
      this.#lacking.set(id, lacking);
      if (lacking === 0) this.#reached.push(id);
      else if (deps.some((dep) => this.isLost(dep))) this.skip(id);
      stack.push(...deps.toReversed());
    }
  }

  /** @throws Error for a dependency that no task has as its id, once no task can expand any more */
  refuseUnknown(wanted: readonly TaskId[]): void {
    if (this.#gate.growing) return;
    const deps = [...this.#states.keys()].flatMap((id) => this.#graph.depsOf(id));
    const missing = [...wanted, ...deps].find((id) => !this.#graph.has(id));
    if (missing !== undefined) throw new Error(`no task with the id ${missing}, which is wanted`);
  }

  /** Tasks whose last dependency became done since the last call. */
  takeReached(): readonly Task[] {
    const reached = this.#reached.filter((id) => this.#states.get(id) === "waiting");
    this.#reached = [];
    return reached.map((id) => this.#graph.get(id));
  }

  get anyReached(): boolean {
    return this.#reached.length > 0;
  }

  isReady(id: TaskId): boolean {
    return this.#states.get(id) === "ready";
  }

  /** Whether the pass needs no run of this task: the task is unknown, or will not be reached any more. */
  isUnwanted(id: TaskId): boolean {
    return !this.#states.has(id) || this.isLost(id);
  }

  isLost(id: TaskId): boolean {
    const state = this.#states.get(id);
    return state === "failed" || state === "skipped";
  }

  ready(id: TaskId): void {
    this.#states.set(id, "ready");
  }

  running(id: TaskId): void {
    this.#states.set(id, "running");
  }

  /**
   * @param foreseen the output is the expected one of a task that does not run, so the task does not expand
   * @returns whether the graph has grown
   */
  done(id: TaskId, output: Json, foreseen = false): boolean {
    const task = this.#graph.get(id);
    this.outputs.set(id, output, foreseen);
    this.#states.set(id, "done");
    // Done before the task expands: tasks that are wanted from here on count this output as present.
    for (const dependent of this.#graph.dependents(id)) this.#oneLess(dependent);
    const expanded = foreseen ? [] : (task.expand?.(output, this.outputs.seenBy(task)) ?? []);
    this.#graph.add(expanded);
    this.want(expanded.map((each) => each.id));
    this.#gate.finished(task, true);
    return expanded.length > 0;
  }

  failed(id: TaskId): void {
    this.#states.set(id, "failed");
    this.#gate.finished(this.#graph.get(id), false);
    for (const dependent of this.#graph.dependents(id)) this.skip(dependent);
  }

  /** Skips a task that has not begun, and all tasks that depend on it. */
  skip(first: TaskId): void {
    const stack = [first];
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      const state = this.#states.get(id);
      if (state !== "waiting" && state !== "ready") continue;
      const task = this.#graph.get(id);
      this.#states.set(id, "skipped");
      this.#gate.finished(task, false);
      this.#onSkip(task);
      stack.push(...this.#graph.dependents(id));
    }
  }

  /** Tasks that have neither begun nor ended. */
  open(): readonly TaskId[] {
    return [...this.#states].filter(([, state]) => state === "waiting" || state === "ready").map(([id]) => id);
  }

  /** What each task still waits for, for an error message. */
  whatLacks(ids: readonly TaskId[]): string {
    const lacking = (id: TaskId) => this.#graph.depsOf(id).filter((dep) => !this.outputs.has(dep));
    return ids.map((id) => `${id} lacks ${lacking(id).join(", ") || "only its turn"}`).join("; ");
  }

  /** A dependent that is not wanted yet counts its missing dependencies when it becomes wanted. */
  #oneLess(id: TaskId): void {
    const lacking = this.#lacking.get(id);
    if (lacking === undefined) return;
    this.#lacking.set(id, lacking - 1);
    if (lacking === 1) this.#reached.push(id);
  }
}
