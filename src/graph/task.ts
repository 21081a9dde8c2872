/**
 * A task: one node of the graph, and everything the planner and the scheduler know about work.
 *
 * There are two kinds. An *observe* task looks at the world (hash a tree, list nodes, LIST objects): it always runs, is
 * never recorded, and its output is the proof that later decisions rest on. An *act* task changes the world (build,
 * deliver, apply): it is recorded under its key and not run again while a record is fresh. `run` never asks whether it
 * is needed; only the planner decides that.
 */
import type { Event } from "../event/event.ts";
import type { Clock } from "../std/clock.ts";
import type { Json, JsonRecord } from "../std/json.ts";

/** Stable between runs: `build:acme/web`, `apply:apps/Deployment/default/web`. */
export type TaskId = string;

/** Outputs of the dependencies, by task id. */
export interface Inputs {
  /** The output of a dependency. @throws Error for an id that is not in `deps`: a programmer's error. */
  get<T extends Json = Json>(id: TaskId): T;
  /** Digest of that output: what downstream keys are made of where the output itself says too much. */
  digest(id: TaskId): string;
}

export interface TaskContext {
  /** Aborted when the run is cancelled or when a newer save changed this task's key. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  emit(event: Event): void;
}

/** Whether a recorded output is still there. The words go to `why`. */
export type Liveness =
  | { readonly live: true; readonly proof: string }
  | { readonly live: false; readonly reason: string };

interface TaskBase {
  readonly id: TaskId;
  /** What limits and barriers are set by: hash, build, tag, deliver, render, apply, wait, hook, sync. */
  readonly kind: string;
  readonly deps: readonly TaskId[];
  run(inputs: Inputs, ctx: TaskContext): Promise<Json>;
  /**
   * Tasks that exist only once this one's output is known. Pure: made from the output alone, so that a reused record
   * gives the same tasks without a run. They may depend on this task and on any other.
   */
  expand?(output: Json, inputs: Inputs): readonly Task[];
}

export interface ObserveTask extends TaskBase {
  readonly mode: "observe";
}

export interface ActTask extends TaskBase {
  readonly mode: "act";
  /** Everything that may change the result, by name. Secret values are sealed (`graph/seal.ts`), never in clear. */
  keyParts(inputs: Inputs): JsonRecord;
  /**
   * Whether an output recorded under the present key still exists, judged from what observe tasks saw. Absent: a record
   * under the key is proof enough.
   */
  live?(output: Json, inputs: Inputs): Liveness;
  /** Never cancelled by a newer save (hooks, helm): it ends on its own or with the whole run. */
  readonly uninterruptible?: boolean;
}

export type Task = ObserveTask | ActTask;
