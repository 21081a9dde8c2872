/**
 * Which results of running or recently ended work a pass adopts for its tasks.
 * A run that an older pass began is joined where this pass reaches the same task with the same key, or where its files
 * are unchanged since it read them. Equal work under several ids is done once. A result that came while this pass was
 * running is taken, because an observation of this pass may be older than it. Decides which task waits for which run;
 * starts and settles nothing.
 */

import type { Key } from "../plan/key.ts";
import type { Inputs, Task, TaskId } from "../task.ts";
import type { Ended, Flight, Identity, Running } from "./flight.ts";

/** A result under a key, and the task that ran for it. */
export interface Landed {
  readonly by: TaskId;
  readonly ended: Ended;
}

/** What a task gets from equal work: a run to wait for, or a result. */
export type Met = { readonly running: Running } | { readonly ended: Extract<Ended, { outcome: "done" }> };

export class Adoption {
  readonly #flight: Flight;
  readonly #identities = new Map<TaskId, Identity>();
  /** Tasks with the same key. */
  readonly #alike = new Map<Key, TaskId[]>();
  /** Tasks of this pass by the run that they wait for; several where their keys are equal. */
  readonly #joined = new Map<Running, TaskId[]>();
  /** Results of all runs that ended while this pass was running, whichever pass began them. */
  readonly #landed = new Map<Key, Landed>();

  constructor(flight: Flight) {
    this.#flight = flight;
  }

  identify(id: TaskId, identity: Identity): void {
    this.#identities.set(id, identity);
    this.#alike.set(identity.key, [...(this.#alike.get(identity.key) ?? []), id]);
  }

  /** The identity of a task with a key; undefined for an observation, and before the key is known. */
  identityOf(id: TaskId): Identity | undefined {
    return this.#identities.get(id);
  }

  /** A run of the task that an older pass began and whose result this pass can use. */
  rightRun(task: Task, inputs: Inputs): Running | undefined {
    const former = this.#flight.get(task.id);
    if (former === undefined || former.aborted) return undefined;
    if (task.mode === "observe")
      return former.observation && this.#flight.observations.isSound(former.observation, inputs) ? former : undefined;
    const identity = this.#identities.get(task.id);
    return identity && former.identity?.key === identity.key ? former : undefined;
  }

  /** A result under the task's key that the task takes: any result of its own run, or the success of another task. */
  landedFor(id: TaskId): Landed | undefined {
    const identity = this.#identities.get(id);
    const landed = identity && this.#landed.get(identity.key);
    return landed && (landed.by === id || landed.ended.outcome === "done") ? landed : undefined;
  }

  /**
   * Equal work that runs, or has succeeded since the task was planned. Undefined while an older run of the task itself
   * goes on.
   */
  meet(id: TaskId): Met | undefined {
    const identity = this.#identities.get(id);
    if (!identity || this.#flight.get(id)) return undefined;
    const running = this.#flight.byKey(identity.key);
    if (running) return { running };
    const ended = this.#landed.get(identity.key)?.ended;
    return ended?.outcome === "done" ? { ended } : undefined;
  }

  /** Tasks that may use this run or its result: tasks with the same key, and the task whose own run it is. */
  alike({ task, identity }: Running): readonly TaskId[] {
    return [task.id, ...(identity ? (this.#alike.get(identity.key) ?? []) : [])];
  }

  join(id: TaskId, running: Running): void {
    const joined = this.#joined.get(running);
    if (joined) joined.push(id);
    else this.#joined.set(running, [id]);
  }

  isJoined(running: Running): boolean {
    return this.#joined.has(running);
  }

  /** Whether a task of this pass waits for a run. */
  get waiting(): boolean {
    return this.#joined.size > 0;
  }

  /**
   * Notes the end of a run.
   * @returns the tasks of this pass that waited for it
   */
  ended(running: Running, ended: Ended): readonly TaskId[] {
    // A run whose inputs changed says nothing about the inputs of this pass.
    const says = ended.outcome === "done" || (ended.outcome === "failed" && !ended.inputsChanged);
    if (running.identity && says) this.#landed.set(running.identity.key, { by: running.task.id, ended });
    const joined = this.#joined.get(running) ?? [];
    this.#joined.delete(running);
    return joined;
  }
}
