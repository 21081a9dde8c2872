/**
 * What the graph looks at of a project's files, as a session asks and tells it. Artifacts stand apart: what a change means
 * for one is decided by where its files go (`classify.ts`), and a synced path is in its containers, so that its hash need
 * not know of it. Whatever else observes files (manifests, charts) says itself what counts.
 */
import type { Concern, Executor, KnownChanges } from "../../graph/request.ts";
import type { Task, TaskId, WatchedFiles } from "../../graph/task.ts";
import type { WatchTargets } from "../watch/watcher.ts";
import type { Needs } from "./needs.ts";
import type { ToldPath } from "./told-paths.ts";

export interface ObservedArtifact {
  readonly image: string;
  /** The task that looks at its files. */
  readonly hash: TaskId;
  /** False: its changes are to lead to nothing (`--watch-image`). */
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

  /** The observations that a path counts for, artifacts apart. */
  concerned(path: string): readonly Concern[] {
    return this.#executor.concerned(path).filter(({ task }) => !this.#hashes.has(task));
  }

  /** What is watched for them. */
  others(): WatchedFiles {
    const all = [...this.#executor.watched()];
    return together(all.flatMap(([task, files]) => (this.#hashes.has(task) ? [] : [files])));
  }

  /** What has to be watched: what observations rest on as they said or, before that, as their tasks say. */
  targets(tasks: readonly Task[]): WatchTargets {
    const said = this.#executor.watched();
    const before = tasks.flatMap((task): (readonly [TaskId, WatchedFiles])[] =>
      task.mode === "observe" && task.over && !said.has(task.id) ? [[task.id, task.over]] : [],
    );
    const idle = new Set(this.#artifacts.flatMap(({ hash, watched }) => (watched ? [] : [hash])));
    return together([...before, ...said].flatMap(([task, files]) => (idle.has(task) ? [] : [files])));
  }

  /** What a pass is told. An artifact that is needed is looked at again, whatever was told of its paths. */
  changes(needs: Needs, paths: readonly ToldPath[]): KnownChanges {
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
