/**
 * What becomes of work that is under way, or ended a moment ago, for the tasks of one pass: a run that an older pass
 * began is joined where this one reaches the same task with the same key, or with files that are as the run sees them;
 * equal work under several ids is done once; what landed while this pass was in charge is taken, because what looked at
 * the world in this pass may have looked before. Decides who waits for which run; it starts nothing and settles nothing.
 */

import type { Key } from "../plan/key.ts";
import type { Inputs, Task, TaskId } from "../task.ts";
import type { Ended, Flight, Identity, Running } from "./flight.ts";

/** A result that came under a key, and the task that ran for it. */
export interface Landed {
  readonly by: TaskId;
  readonly ended: Ended;
}

/** What equal work gives a task: a run to wait for, or a result. */
export type Met = { readonly running: Running } | { readonly ended: Extract<Ended, { outcome: "done" }> };

export class Adoption {
  readonly #flight: Flight;
  readonly #identities = new Map<TaskId, Identity>();
  /** Tasks that do the same work. */
  readonly #alike = new Map<Key, TaskId[]>();
  /** Tasks of this pass by the run that they wait for; more than one where equal keys met. */
  readonly #joined = new Map<Running, TaskId[]>();
  /** What ended while this pass was in charge, whoever had started it. */
  readonly #landed = new Map<Key, Landed>();

  constructor(flight: Flight) {
    this.#flight = flight;
  }

  identify(id: TaskId, identity: Identity): void {
    this.#identities.set(id, identity);
    this.#alike.set(identity.key, [...(this.#alike.get(identity.key) ?? []), id]);
  }

  /** What a task that is recorded runs under; undefined for an observation, and before its key is known. */
  identityOf(id: TaskId): Identity | undefined {
    return this.#identities.get(id);
  }

  /** A run of the task, begun by an older pass, that gives what this pass wants of it. */
  rightRun(task: Task, inputs: Inputs): Running | undefined {
    const former = this.#flight.get(task.id);
    if (former === undefined || former.aborted) return undefined;
    if (task.mode === "observe")
      return former.look && this.#flight.observations.isSound(former.look, inputs) ? former : undefined;
    const identity = this.#identities.get(task.id);
    return identity && former.identity?.key === identity.key ? former : undefined;
  }

  /** A result under the task's key that counts for it: its own, whatever it is, or the success of another one. */
  landedFor(id: TaskId): Landed | undefined {
    const identity = this.#identities.get(id);
    const landed = identity && this.#landed.get(identity.key);
    return landed && (landed.by === id || landed.ended.outcome === "done") ? landed : undefined;
  }

  /** Equal work that runs, or has succeeded since the task was planned. Not while a former run of the task is in its way. */
  meet(id: TaskId): Met | undefined {
    const identity = this.#identities.get(id);
    if (!identity || this.#flight.get(id)) return undefined;
    const running = this.#flight.byKey(identity.key);
    if (running) return { running };
    const ended = this.#landed.get(identity.key)?.ended;
    return ended?.outcome === "done" ? { ended } : undefined;
  }

  /** Tasks that may meet this run, or its result: those of the same work, and the one whose former run it is. */
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

  /** A run has ended. @returns the tasks of this pass that waited for it */
  ended(running: Running, ended: Ended): readonly TaskId[] {
    // A run whose inputs changed says nothing of the inputs that this pass has seen.
    const says = ended.outcome === "done" || (ended.outcome === "failed" && !ended.inputsChanged);
    if (running.identity && says) this.#landed.set(running.identity.key, { by: running.task.id, ended });
    const joined = this.#joined.get(running) ?? [];
    this.#joined.delete(running);
    return joined;
  }
}
