/**
 * The outputs of observations over files in this session, and which of them are still valid.
 * An output is valid until a path that counts for it changes, or the output of one of its dependencies. A change
 * reported during the run may have been read or not, so the output is valid only for its own pass. A change that an
 * overlay absorbs leaves the output valid, and is observed together with the next change that is not absorbed. Lost
 * events make every output invalid.
 */

import type { Json } from "../../std/data/json.ts";
import { isBelow } from "../../std/text/below.ts";
import type { Concern, KnownChanges } from "../request.ts";
import type { Inputs, ObserveTask, PathPart, TaskId, Watch, WatchedFiles } from "../task.ts";

/** Dependency -> digest of its output. */
type Made = ReadonlyMap<TaskId, string>;

interface Kept {
  readonly kind: string;
  readonly watch: Watch;
  /** Undefined where no run has succeeded yet, or any path may have changed since. */
  last: { readonly output: Json; readonly made: Made; readonly changed: Set<string> } | undefined;
  /** Whether `last` may be used without a run. */
  holds: boolean;
}

/** One run of an observation over files. */
export interface ObservationRun {
  readonly task: ObserveTask;
  readonly made: Made;
  readonly before: { readonly output: Json; readonly changed: ReadonlySet<string> } | undefined;
  watch: Watch;
  /** Paths of events during the run; undefined: any path may have changed. */
  named: Set<string> | undefined;
}

export class Observations {
  readonly #kept = new Map<TaskId, Kept>();
  readonly #running = new Set<ObservationRun>();

  /** Applies changes before a pass is planned. Undefined: any path may have changed. */
  change(changes: KnownChanges | undefined): void {
    if (changes === undefined || changes.lost) return this.#forget();
    for (const { path, absorbedBy = [] } of changes.paths) {
      for (const [task, kept] of this.#kept) {
        if (!kept.watch.judge(path)?.changes) continue;
        kept.last?.changed.add(path);
        if (!absorbedBy.includes(task)) kept.holds = false;
      }
      for (const run of this.#running) run.named?.add(path);
    }
    for (const task of changes.again ?? []) this.invalidate(task);
  }

  #forget(): void {
    for (const kept of this.#kept.values()) {
      kept.last = undefined;
      kept.holds = false;
    }
    for (const run of this.#running) run.named = undefined;
  }

  /** Marks the output of a task as invalid. */
  invalidate(task: TaskId): void {
    const kept = this.#kept.get(task);
    if (kept) kept.holds = false;
    for (const run of this.#running) if (run.task.id === task) run.named = undefined;
  }

  /** The output that is valid without a run; `absorbed`: how many changes an overlay absorbed. */
  holding(task: ObserveTask, inputs: Inputs): { readonly output: Json; readonly absorbed: number } | undefined {
    const kept = this.#kept.get(task.id);
    if (task.over === undefined || !kept?.holds || kept.last === undefined) return undefined;
    const { output, made, changed } = kept.last;
    return same(made, madeOf(task, inputs)) ? { output, absorbed: changed.size } : undefined;
  }

  /** @param over the task's watched files */
  begin(task: ObserveTask, over: WatchedFiles, inputs: Inputs): ObservationRun {
    const kept = this.#kept.get(task.id) ?? { kind: task.kind, watch: anythingIn(over), last: undefined, holds: false };
    this.#kept.set(task.id, kept);
    const run: ObservationRun = {
      task,
      made: madeOf(task, inputs),
      before: kept.last,
      // Before the run names its files, those of the previous run count.
      watch: kept.watch,
      named: new Set(),
    };
    this.#running.add(run);
    return run;
  }

  /** Whether a run in progress has read the files in their present state. */
  isSound(run: ObservationRun, inputs: Inputs): boolean {
    return touched(run)?.size === 0 && same(run.made, madeOf(run.task, inputs));
  }

  /** Ends a cancelled run: the previous output is kept. */
  leave(run: ObservationRun): void {
    this.#running.delete(run);
  }

  /** Ends a failed run. Its watched files are kept, because a change of them may let the next run succeed. */
  fail(run: ObservationRun): void {
    this.#running.delete(run);
    this.#kept.set(run.task.id, { kind: run.task.kind, watch: run.watch, last: undefined, holds: false });
  }

  end(run: ObservationRun, output: Json): void {
    this.#running.delete(run);
    const { task, watch, made } = run;
    const changed = touched(run);
    const last = changed && { output, made, changed };
    this.#kept.set(task.id, { kind: task.kind, watch, last, holds: changed?.size === 0 });
  }

  /** Forgets tasks that the project does not have any more. */
  keepOnly(has: (task: TaskId) => boolean): void {
    for (const task of this.#kept.keys()) if (!has(task)) this.#kept.delete(task);
  }

  /** A run in progress may have newer watched files than the last one. */
  concerned(path: string): readonly Concern[] {
    const concerns = this.#watches().flatMap(({ task, kind, watch }) => {
      const part = watch.judge(path);
      return part ? [{ task, kind, ...part }] : [];
    });
    const byTask = Map.groupBy(concerns, ({ task }) => task).values();
    return [...byTask].flatMap((parts) => parts.find(({ changes }) => changes) ?? parts.slice(0, 1));
  }

  /** The watched files of each task; during a run also those of the previous one. */
  watched(): ReadonlyMap<TaskId, WatchedFiles> {
    const all = new Map<TaskId, WatchedFiles>();
    for (const { task, watch } of this.#watches()) {
      const before = all.get(task);
      const { roots, files } = watch;
      all.set(task, { roots: [...(before?.roots ?? []), ...roots], files: [...(before?.files ?? []), ...files] });
    }
    return all;
  }

  #watches(): { readonly task: TaskId; readonly kind: string; readonly watch: Watch }[] {
    return [
      ...[...this.#kept].map(([task, { kind, watch }]) => ({ task, kind, watch })),
      ...[...this.#running].map(({ task: { id, kind }, watch }) => ({ task: id, kind, watch })),
    ];
  }
}

/** Paths that count and were named during the run; undefined: any path may have changed. */
function touched({ named, watch }: ObservationRun): Set<string> | undefined {
  return named && new Set([...named].filter((path) => watch.judge(path)?.changes));
}

/** The initial judgement of an observation: everything below its roots counts. */
function anythingIn({ roots, files }: WatchedFiles): Watch {
  const part: PathPart = { rule: "not read yet", changes: true };
  return {
    roots,
    files,
    judge: (path) =>
      files.includes(path) || roots.some((root) => path === root || isBelow(path, root)) ? part : undefined,
  };
}

function madeOf({ deps }: ObserveTask, inputs: Inputs): Made {
  return new Map(deps.map((dep) => [dep, inputs.digest(dep)]));
}

function same(a: Made, b: Made): boolean {
  return a.size === b.size && [...a].every(([dep, digest]) => b.get(dep) === digest);
}
