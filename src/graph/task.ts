/**
 * A task: one node of the graph, and everything the planner and the scheduler know about work.
 *
 * There are three kinds. An *observe* task looks at the world and is never recorded; its output is the proof that later
 * decisions rest on. Over places (an engine, nodes, a registry, a cluster) it runs in every pass, because nobody reports
 * what happens there. Over files it names what it watches, and within a session its last output is kept until one of
 * these files changes. A *derive* task makes something of the workspace and changes nothing but the store (kustomize): it
 * is recorded under its key, and its output, which may hold secrets, is kept where only the user can read it. An *act*
 * task changes the world (build, deliver, apply): it is recorded under its key and not run again while a record is fresh.
 * `run` never asks whether it is needed; only the planner decides that.
 */
import type { Change, Event } from "../event/event.ts";
import type { Clock } from "../std/clock.ts";
import type { Json, JsonRecord } from "../std/data/json.ts";

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
  | {
      readonly live: false;
      readonly reason: string;
      /** What is another one in the world than it was for the recorded output; then this is told, not the reason. */
      readonly changes?: readonly Change[];
    };

/** Absolute paths. */
export interface WatchedFiles {
  /** Directories, each with everything below. */
  readonly roots: readonly string[];
  readonly files: readonly string[];
}

/** What an observation over files rests on. */
export interface Watch extends WatchedFiles {
  /**
   * The part that a path plays: the rule by which it counts (`Dockerfile:7`), and whether a change of it makes the output
   * another one; it does not where the file is still as the observation left it. Undefined for a path that does not count.
   * It is asked for every path that a file event named: it may look at that one path and at nothing else.
   */
  judge(path: string): PathPart | undefined;
}

export interface PathPart {
  readonly rule: string;
  readonly changes: boolean;
}

export interface ObserveContext extends TaskContext {
  /**
   * Says what the output rests on: to be called before the first look, and again where the end knows better. Resolves
   * when these files are watched, so that no change falls between the look and the watching.
   */
  watch(files: Watch): Promise<void>;
  /**
   * The output before this one, and every path that counted and was named by an event since that look began. Undefined
   * where there was none, or where anything may have changed.
   */
  readonly before: { readonly output: Json; readonly changed: ReadonlySet<string> } | undefined;
}

interface TaskBase {
  readonly id: TaskId;
  /** What limits and barriers are set by: hash, build, tag, deliver, render, apply, wait, hook, sync. */
  readonly kind: string;
  readonly deps: readonly TaskId[];
  /**
   * Whether another task waits for this one although it does not depend on it and sees nothing of it: what is to happen
   * between two tasks that know nothing of it. Asked for every task that is added together with this one or later.
   */
  precedes?(task: Task): boolean;
  /**
   * Tasks that exist only once this one's output is known. Pure: made from the output alone, so that a reused record
   * gives the same tasks without a run. They may depend on this task and on any other.
   */
  expand?(output: Json, inputs: Inputs): readonly Task[];
}

export interface ObserveTask extends TaskBase {
  readonly mode: "observe";
  /** What is known to count before the first run. Absent: an observation over places. */
  readonly over?: WatchedFiles;
  /** It can be made of outputs that are only foreseen (`ActTask.foresee`): it looks at nothing that they change. */
  readonly onForeseen?: true;
  run(inputs: Inputs, ctx: ObserveContext): Promise<Json>;
}

/** A task that is recorded under a key. */
interface KeyedTask extends TaskBase {
  run(inputs: Inputs, ctx: TaskContext): Promise<Json>;
  /** Everything that may change the result, by name. Secret values are sealed (`graph/plan/seal.ts`), never in clear. */
  keyParts(inputs: Inputs): JsonRecord;
}

export interface DeriveTask extends KeyedTask {
  readonly mode: "derive";
  /**
   * False where something that is no part of the key may change the result (what is fetched from elsewhere): the output
   * then serves this session alone. Default: it lasts.
   */
  lasts?(inputs: Inputs): boolean;
}

export interface ActTask extends KeyedTask {
  readonly mode: "act";
  /**
   * Whether an output recorded under the present key still exists, judged from what observe tasks saw. Absent: a record
   * under the key is proof enough.
   */
  live?(output: Json, inputs: Inputs): Liveness;
  /**
   * The key's parts with nothing of this machine in them, for results of others; required and base images enter by their
   * config digests. Undefined: this work is never shared.
   */
  sharedKeyParts?(inputs: Inputs): JsonRecord | undefined;
  /**
   * The output as far as it is known before a run, for planning without doing: `pending` stands for what only a run can
   * tell. Default: `pending` for all of it.
   */
  foresee?(inputs: Inputs, pending: string): Json;
  /** Never cancelled by a newer save (hooks, helm): it ends on its own or with the whole run. */
  readonly uninterruptible?: boolean;
}

export type Task = ObserveTask | DeriveTask | ActTask;
