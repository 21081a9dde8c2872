/**
 * A task: one node of the graph, and everything that the planner and the scheduler know about work.
 * There are three kinds. An *observe* task reads a state and is never recorded; later decisions use its output as
 * proof. Over places (an engine, nodes, a registry, a cluster) it runs in every pass, because no event reports a change
 * there. Over files it names what it watches, and within a session its last output is used until one of these files
 * changes. A *derive* task makes something from the workspace and changes nothing but the store (kustomize): it is
 * recorded under its key, and its output, which may hold secrets, is stored where only the user can read it. An *act*
 * task changes the world (build, deliver, apply): it is recorded under its key and not run again while a record is
 * valid. `run` never decides whether it is needed; only the planner does.
 */
import type { Change, Event } from "../event/event.ts";
import type { Clock } from "../std/clock.ts";
import type { Json, JsonRecord } from "../std/data/json.ts";

/** Stable between runs: `build:acme/web`, `apply:apps/Deployment/default/web`. */
export type TaskId = string;

/** Outputs of the dependencies, by task id. */
export interface Inputs {
  /**
   * The output of a dependency.
   * @throws Error for an id that is not in `deps`: a programmer's error
   */
  get<T extends Json = Json>(id: TaskId): T;
  /** Digest of that output, for key parts where the output itself is too large or changes without meaning. */
  digest(id: TaskId): string;
}

export interface TaskContext {
  /** Aborted when the run is cancelled or when a newer save changed this task's key. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  emit(event: Event): void;
}

/** Whether a recorded output still holds in the world. `proof` and `reason` are shown by `why`. */
export type Validity =
  | { readonly valid: true; readonly proof: string }
  | {
      readonly valid: false;
      readonly reason: string;
      /**
       * What differs in the world from the recorded output. Where present, `why` shows these changes instead of the
       * reason.
       */
      readonly changes?: readonly Change[];
    };

/** Absolute paths. */
export interface WatchedFiles {
  /** Directories, each with everything below. */
  readonly roots: readonly string[];
  readonly files: readonly string[];
}

/** The files that the output of an observation depends on. */
export interface Watch extends WatchedFiles {
  /**
   * How a path counts: the rule that includes it (`Dockerfile:7`), and whether a change of it changes the output. It
   * does not where the file is still in the state that the observation read. Undefined for a path that does not count.
   * Called for every path of a file event; it may read that one path and nothing else.
   */
  judge(path: string): PathPart | undefined;
}

export interface PathPart {
  readonly rule: string;
  readonly changes: boolean;
}

export interface ObserveContext extends TaskContext {
  /**
   * Names the files that the output depends on: called before the first read, and again at the end where more is known.
   * Resolves when these files are watched, so that no change is lost between reading and watching.
   */
  watch(files: Watch): Promise<void>;
  /**
   * The previous output, and every path that counts and was named by an event since that run began. Undefined where
   * there was none, or where any path may have changed.
   */
  readonly before: { readonly output: Json; readonly changed: ReadonlySet<string> } | undefined;
}

interface TaskBase {
  readonly id: TaskId;
  /** The kind that limits and barriers apply to: hash, build, tag, deliver, render, apply, wait, hook, sync. */
  readonly kind: string;
  readonly deps: readonly TaskId[];
  /**
   * Whether another task must wait for this one although it does not depend on it and does not see its output. For work
   * between two tasks that do not know of it. Called for every task that is added together with this one or later.
   */
  precedes?(task: Task): boolean;
  /**
   * Tasks that exist only once this task's output is known. A pure function of the output, so that a reused record
   * gives the same tasks without a run. They may depend on this task and on any other.
   */
  expand?(output: Json, inputs: Inputs): readonly Task[];
}

export interface ObserveTask extends TaskBase {
  readonly mode: "observe";
  /** The files that are known to count before the first run. Absent: an observation over places. */
  readonly over?: WatchedFiles;
  /**
   * Whether the task can run on outputs that are only foreseen (`ActTask.foresee`), because it reads nothing that they
   * change.
   */
  readonly onForeseen?: true;
  run(inputs: Inputs, ctx: ObserveContext): Promise<Json>;
}

/** A task that is recorded under a key. */
interface KeyedTask extends TaskBase {
  run(inputs: Inputs, ctx: TaskContext): Promise<Json>;
  /**
   * Everything that may change the result, by name. Secret values are sealed (`graph/plan/seal.ts`), never in clear.
   */
  keyParts(inputs: Inputs): JsonRecord;
}

export interface DeriveTask extends KeyedTask {
  readonly mode: "derive";
  /**
   * False where something outside of the key may change the result (a fetched file): the output is then used in this
   * session only. Default: true.
   */
  lasts?(inputs: Inputs): boolean;
}

export interface ActTask extends KeyedTask {
  readonly mode: "act";
  /**
   * Whether an output recorded under the present key still holds, judged by the outputs of observe tasks. Absent: every
   * record under the key is valid.
   */
  valid?(output: Json, inputs: Inputs): Validity;
  /**
   * The key's parts without anything of this machine, for sharing results; required and base images enter by their
   * config digests. Undefined: the result is never shared.
   */
  sharedKeyParts?(inputs: Inputs): JsonRecord | undefined;
  /**
   * The output as far as it is known before a run, for a plan without runs: `pending` replaces the unknown parts.
   * Default: `pending` for all of it.
   */
  foresee?(inputs: Inputs, pending: string): Json;
  /** True for a task that a newer save must not cancel (hooks, helm): it ends by itself or with the whole run. */
  readonly uninterruptible?: boolean;
}

export type Task = ObserveTask | DeriveTask | ActTask;
