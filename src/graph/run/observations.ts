/**
 * What observations over files gave in this session, and which of it still holds.
 *
 * An output holds until a path that counts for it changes, or the output of one of its dependencies. A change that is
 * reported while the observation runs may have been seen by it or not, so that its output does not hold after the pass
 * that it was made for. A change for which an overlay answers leaves the output in force, and is looked at together with
 * the next one for which nobody answers. Lost events leave nothing in force.
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
  /** Undefined where no look has succeeded yet, or anything may have changed since. */
  last: { readonly output: Json; readonly made: Made; readonly changed: Set<string> } | undefined;
  /** Whether `last` may be used without a look. */
  holds: boolean;
}

/** One run of an observation over files. */
export interface Look {
  readonly task: ObserveTask;
  readonly made: Made;
  readonly before: { readonly output: Json; readonly changed: ReadonlySet<string> } | undefined;
  watch: Watch;
  /** Paths that were named while it ran; undefined: any. */
  named: Set<string> | undefined;
}

export class Observations {
  readonly #kept = new Map<TaskId, Kept>();
  readonly #looks = new Set<Look>();

  /** Before anything of a pass is planned. Undefined: anything may have changed. */
  change(changes: KnownChanges | undefined): void {
    if (changes === undefined || changes.lost) return this.#forget();
    for (const { path, absorbedBy = [] } of changes.paths) {
      for (const [task, kept] of this.#kept) {
        if (!kept.watch.judge(path)?.changes) continue;
        kept.last?.changed.add(path);
        if (!absorbedBy.includes(task)) kept.holds = false;
      }
      for (const look of this.#looks) look.named?.add(path);
    }
    for (const task of changes.again ?? []) this.invalidate(task);
  }

  #forget(): void {
    for (const kept of this.#kept.values()) {
      kept.last = undefined;
      kept.holds = false;
    }
    for (const look of this.#looks) look.named = undefined;
  }

  /** The output of a task must not be used without a look. */
  invalidate(task: TaskId): void {
    const kept = this.#kept.get(task);
    if (kept) kept.holds = false;
    for (const look of this.#looks) if (look.task.id === task) look.named = undefined;
  }

  /** The output that can be used without a look; `absorbed`: how many changes an overlay answers for. */
  holding(task: ObserveTask, inputs: Inputs): { readonly output: Json; readonly absorbed: number } | undefined {
    const kept = this.#kept.get(task.id);
    if (task.over === undefined || !kept?.holds || kept.last === undefined) return undefined;
    const { output, made, changed } = kept.last;
    return same(made, madeOf(task, inputs)) ? { output, absorbed: changed.size } : undefined;
  }

  /** @param over the task's, where it is one over files */
  begin(task: ObserveTask, over: WatchedFiles, inputs: Inputs): Look {
    const kept = this.#kept.get(task.id) ?? { kind: task.kind, watch: anythingIn(over), last: undefined, holds: false };
    this.#kept.set(task.id, kept);
    const look: Look = {
      task,
      made: madeOf(task, inputs),
      before: kept.last,
      // Until it says more, what the look before it knew: nothing is read yet.
      watch: kept.watch,
      named: new Set(),
    };
    this.#looks.add(look);
    return look;
  }

  /** Whether a look that is under way sees the files as they are now. */
  isSound(look: Look, inputs: Inputs): boolean {
    return touched(look)?.size === 0 && same(look.made, madeOf(look.task, inputs));
  }

  /** A look that was cancelled: what was known before it is known still. */
  leave(look: Look): void {
    this.#looks.delete(look);
  }

  /** What is watched is known although the look failed: a change there is worth another try. */
  fail(look: Look): void {
    this.#looks.delete(look);
    this.#kept.set(look.task.id, { kind: look.task.kind, watch: look.watch, last: undefined, holds: false });
  }

  end(look: Look, output: Json): void {
    this.#looks.delete(look);
    const { task, watch, made } = look;
    const changed = touched(look);
    const last = changed && { output, made, changed };
    this.#kept.set(task.id, { kind: task.kind, watch, last, holds: changed?.size === 0 });
  }

  /** Forgets tasks that the project does not have any more. */
  keepOnly(has: (task: TaskId) => boolean): void {
    for (const task of this.#kept.keys()) if (!has(task)) this.#kept.delete(task);
  }

  /** A look that is under way may know better than the last one what counts. */
  concerned(path: string): readonly Concern[] {
    const concerns = this.#watches().flatMap(({ task, kind, watch }) => {
      const part = watch.judge(path);
      return part ? [{ task, kind, ...part }] : [];
    });
    const byTask = Map.groupBy(concerns, ({ task }) => task).values();
    return [...byTask].flatMap((parts) => parts.find(({ changes }) => changes) ?? parts.slice(0, 1));
  }

  /** What each task rests on; while it looks, what it did before as well. */
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
      ...[...this.#looks].map(({ task: { id, kind }, watch }) => ({ task: id, kind, watch })),
    ];
  }
}

/** Paths that count and were named during the look; undefined: anything may have changed. */
function touched({ named, watch }: Look): Set<string> | undefined {
  return named && new Set([...named].filter((path) => watch.judge(path)?.changes));
}

/** Until an observation says more, everything below its roots counts. */
function anythingIn({ roots, files }: WatchedFiles): Watch {
  const part: PathPart = { rule: "not looked at yet", changes: true };
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
