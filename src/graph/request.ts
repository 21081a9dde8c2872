/** What is asked of the graph in one pass (a first run, or what one save leads to), and what comes of it. */
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
   * Observations for which somebody else answers for the change: a synced file is in the containers of its artifact
   * already. It makes their outputs invalid only together with another change, for which nobody answers.
   */
  readonly absorbedBy?: readonly TaskId[];
}

/** What is known of the files since the last request, by somebody who goes on watching them. */
export interface KnownChanges {
  readonly paths: readonly ChangedPath[];
  /** Events were lost, or the project is another one: anything may have changed before this request. */
  readonly lost?: true;
  /** Observations to be made anew whatever changed. */
  readonly again?: readonly TaskId[];
}

export interface PassRequest {
  readonly tasks: readonly Task[];
  /** What is to be done, with all that it needs and all that it expands into; everything by default. */
  readonly wanted?: readonly TaskId[];
  /**
   * Looks and derives, and changes nothing: what an act would give is foreseen (`ActTask.foresee`), and what rests on
   * that is known but for it.
   */
  readonly planOnly?: boolean;
  /** Ends the pass and everything that runs; for the reason `Superseded` the pass alone. */
  readonly signal: AbortSignal;
  /** `stop`: the first failure ends what runs and starts nothing more. `continue`: only what depends on it is left. */
  readonly onFailure: "stop" | "continue";
  /** The user asked for this task whatever the records say. */
  forced?(id: TaskId): boolean;
  readonly barriers?: readonly Barrier[];
  /** How many tasks of a kind run at once, where it is not the executor's usual number. */
  readonly limits?: Limits;
  /** Absent: nobody watches, so that anything may change at any time. */
  readonly changes?: KnownChanges;
  /** Told what an observation rests on before it looks. Resolves when these files are watched. */
  watch?(files: WatchedFiles): Promise<void>;
  /** Why a task that could start must not yet. Asked again whenever a task ends, and on `Executor.wake`. */
  hold?(task: Task): Hold | undefined;
}

export interface FailedTask {
  readonly task: TaskId;
  readonly diagnostics: readonly Diagnostic[];
}

export interface PassResult {
  readonly outcome: "done" | "failed" | "cancelled" | "superseded";
  /** Of every task that is done, also where others failed. */
  readonly outputs: ReadonlyMap<TaskId, Json>;
  /** On every task that was planned. */
  readonly verdicts: ReadonlyMap<TaskId, Verdict>;
  readonly failed: readonly FailedTask[];
}

/** An observation that a path counts for. */
export interface Concern extends PathPart {
  readonly task: TaskId;
  readonly kind: string;
}

/** Runs passes, one at a time. One for each session. */
export interface Executor extends AsyncDisposable {
  /** What was done before, also in this session and not yet on the disk. */
  readonly records: Pick<Records, "find" | "outputs">;
  /**
   * Does what is wanted and not fresh. A pass that is begun while another runs supersedes it: the older one ends at once
   * as `superseded`, and each task that it left running is joined where the newer one reaches the same task with the
   * same key, ended where the key differs or nobody wants it any more, and left alone where it cannot be interrupted.
   * Failures of tasks are in the result. @throws Error for a graph that is wrong: a programmer's error.
   */
  pass(request: PassRequest): Promise<PassResult>;
  /** The observations that the path counts for, as far as they have said what they watch. */
  concerned(path: string): readonly Concern[];
  /** What each observation over files rests on, as far as it has said so. */
  watched(): ReadonlyMap<TaskId, WatchedFiles>;
  /** Asks for holds again. */
  wake(): void;
  /** Ends everything that runs, whichever pass began it. Resolves when it has ended and what it did is recorded. */
  stop(): Promise<void>;
}
