/**
 * What a dev session knows of a project's files: which count for which artifact and where they go, which belong to the
 * configuration, and which others a pass reads. It is made after each load; the classifier and the watcher know nothing
 * else of a project.
 */
import type { SourceSpec } from "../../build/builder.ts";
import type { Placer } from "../../build/placement.ts";
import type { WatchedFiles } from "../../graph/task.ts";
import type { Json } from "../../std/data/json.ts";

/** Content, type and mode of one path, as the artifact's hash records it; undefined: the path does not exist. */
export type Fingerprint = Json | undefined;

/** A description begins with the kind of the path. */
export function isDirectory(print: Fingerprint): boolean {
  return typeof print === "string" && print.startsWith("directory");
}

export interface ArtifactFiles {
  readonly image: string;
  readonly sources: SourceSpec;
  /** Absent: the artifact has no sync. */
  readonly place?: Placer;
  /**
   * True when another artifact is built on this one: it is never synced, because the other one would miss the change.
   */
  readonly required: boolean;
}

/** The part of a path for an observation. */
export interface ObservedPath {
  readonly task: string;
  /** The rule by which it counts, for people: `k8s/*.yaml`. */
  readonly rule: string;
  /** False where the file is still in the state that the observation read: a hook may have written it. */
  readonly changes: boolean;
}

export interface ProjectFiles {
  readonly artifacts: readonly ArtifactFiles[];
  /** Whether the configuration was read from the path. */
  isConfig(path: string): boolean;
  /** Other observations that watch the path: manifests, charts, and all else that the graph observes. */
  observed(path: string): readonly ObservedPath[];
  /** The files that these observations watch. */
  others(): WatchedFiles;
}
