/** The request for one pass of the graph (a first run, or the answer to saves), and its result. */
import type { Diagnostic } from "../diag/diagnostic.ts";
import type { Hold, Verdict } from "../event/event.ts";
import type { Json } from "../std/data/json.ts";
import type { Records } from "../store/records/records.ts";
import type { Limits } from "./run/limits.ts";
import type { PathPart, Task, TaskId, WatchedFiles } from "./task.ts";

/** Tasks of the kinds `before` do not start until every task of the kinds `after` has succeeded. */
export interface Barrier {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** A path that a file event named since the last request. Absolute. */
export interface ChangedPath {
  readonly path: string;
  /**
   * Observations whose change is handled elsewhere: a synced file is in the containers of its artifact already. Such a
   * change makes their outputs invalid only together with another change that is not absorbed.
   */
  readonly absorbedBy?: readonly TaskId[];
}

/** The changes of files since the last request, from a watcher that keeps watching. */
export interface KnownChanges {
  readonly paths: readonly ChangedPath[];
  /** Events were lost, or the project was replaced: any file may have changed before this request. */
  readonly lost?: true;
  /** Observations to run again even without a change. */
  readonly again?: readonly TaskId[];
}

export interface PassRequest {
  readonly tasks: readonly Task[];
  /** Wanted tasks; everything that they need and expand into is done too. Absent: all tasks. */
  readonly wanted?: readonly TaskId[];
  /**
   * Observes and derives, but runs no act: the output of an act is foreseen (`ActTask.foresee`), and what depends on it
   * is known except for that part.
   */
  readonly planOnly?: boolean;
  /** Ends the pass and everything that runs; with the reason `Superseded` only the pass. */
  readonly signal: AbortSignal;
  /**
   * `stop`: the first failure ends running tasks and starts no others. `continue`: only tasks that depend on it are
   * skipped.
   */
  readonly onFailure: "stop" | "continue";
  /** Whether the user asked to run this task whatever the records say. */
  forced?(id: TaskId): boolean;
  readonly barriers?: readonly Barrier[];
  /** How many tasks of a kind run at once, where it differs from the executor's number. */
  readonly limits?: Limits;
  /** Absent: no watcher exists, so that any file may change at any time. */
  readonly changes?: KnownChanges;
  /** Called with the files of an observation before it reads them. Resolves when these files are watched. */
  watch?(files: WatchedFiles): Promise<void>;
  /** A reason why a task that could start must wait. Called again whenever a task ends, and on `Executor.wake`. */
  hold?(task: Task): Hold | undefined;
}

export interface FailedTask {
  readonly task: TaskId;
  readonly diagnostics: readonly Diagnostic[];
}

export interface PassResult {
  readonly outcome: "done" | "failed" | "cancelled" | "superseded";
  /** Outputs of every task that is done, even where other tasks failed. */
  readonly outputs: ReadonlyMap<TaskId, Json>;
  /** Verdicts on every task that was planned. */
  readonly verdicts: ReadonlyMap<TaskId, Verdict>;
  readonly failed: readonly FailedTask[];
}

/** An observation that watches a path. */
export interface Concern extends PathPart {
  readonly task: TaskId;
  readonly kind: string;
}

/** Runs passes, one at a time. A session has one executor. */
export interface Executor extends AsyncDisposable {
  /** Results of earlier work, including results of this session that are not on the disk yet. */
  readonly records: Pick<Records, "find" | "outputs">;
  /**
   * Runs the wanted tasks that have no valid record. A pass that begins while another one runs supersedes it: the older
   * one ends at once as `superseded`. The newer pass joins each of its running tasks where it reaches the same task
   * with the same key, ends it where the key differs or the task is not wanted any more, and leaves it alone where it
   * cannot be interrupted. Failures of tasks are in the result.
   * @throws Error for a malformed graph: a programmer's error
   */
  pass(request: PassRequest): Promise<PassResult>;
  /** The observations that watch the path, as far as they have named their files. */
  concerned(path: string): readonly Concern[];
  /** The watched files of each observation over files, as far as it has named them. */
  watched(): ReadonlyMap<TaskId, WatchedFiles>;
  /** Calls `hold` again for waiting tasks. */
  wake(): void;
  /** Ends all running tasks of every pass. Resolves when they have ended and their results are recorded. */
  stop(): Promise<void>;
}
