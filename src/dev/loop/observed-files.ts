/**
 * The observed files of a project, between the session and the graph. Artifacts are separate, because the destinations
 * of their files decide what a change means (`classify.ts`), and a synced path is in the containers, so that the hash
 * need not include it. Every other observation of files (manifests, charts) says itself what counts.
 */
import type { Concern, Executor, KnownChanges } from "../../graph/request.ts";
import type { Task, TaskId, WatchedFiles } from "../../graph/task.ts";
import type { WatchTargets } from "../watch/watcher.ts";
import type { Needs } from "./needs.ts";
import type { PendingPath } from "./pending-paths.ts";

export interface ObservedArtifact {
  readonly image: string;
  /** The task that hashes its files. */
  readonly hash: TaskId;
  /** False: its changes are ignored (`--watch-image`). */
  readonly watched: boolean;
}

export class ObservedFiles {
  readonly #executor: Pick<Executor, "concerned" | "watched">;
  readonly #artifacts: readonly ObservedArtifact[];
  readonly #hashes: ReadonlySet<TaskId>;

  constructor(executor: Pick<Executor, "concerned" | "watched">, artifacts: readonly ObservedArtifact[]) {
    this.#executor = executor;
    this.#artifacts = artifacts;
    this.#hashes = new Set(artifacts.map(({ hash }) => hash));
  }

  /** The observations that watch a path, without those of artifacts. */
  concerned(path: string): readonly Concern[] {
    return this.#executor.concerned(path).filter(({ task }) => !this.#hashes.has(task));
  }

  /** The files that they watch. */
  others(): WatchedFiles {
    const all = [...this.#executor.watched()];
    return together(all.flatMap(([task, files]) => (this.#hashes.has(task) ? [] : [files])));
  }

  /** The files to watch: those that observations named or, before that, those of their tasks. */
  targets(tasks: readonly Task[]): WatchTargets {
    const said = this.#executor.watched();
    const before = tasks.flatMap((task): (readonly [TaskId, WatchedFiles])[] =>
      task.mode === "observe" && task.over && !said.has(task.id) ? [[task.id, task.over]] : [],
    );
    const idle = new Set(this.#artifacts.flatMap(({ hash, watched }) => (watched ? [] : [hash])));
    return together([...before, ...said].flatMap(([task, files]) => (idle.has(task) ? [] : [files])));
  }

  /** The changes for a pass. A needed artifact is hashed again, whatever events said of its paths. */
  changes(needs: Needs, paths: readonly PendingPath[]): KnownChanges {
    const all = [...this.#hashes];
    const absorbing = (rebuilds: ReadonlySet<string>) =>
      rebuilds.size === 0 ? all : this.#artifacts.flatMap(({ image, hash }) => (rebuilds.has(image) ? [] : [hash]));
    return {
      paths: paths.map(({ path, rebuilds }) => ({ path, absorbedBy: absorbing(rebuilds) })),
      again: this.#artifacts.flatMap(({ image, hash }) => (needs.artifacts.has(image) ? [hash] : [])),
      ...(needs.everything ? { lost: true } : {}),
    };
  }
}

function together(all: readonly WatchedFiles[]): WatchedFiles {
  return { roots: all.flatMap(({ roots }) => roots), files: all.flatMap(({ files }) => files) };
}
