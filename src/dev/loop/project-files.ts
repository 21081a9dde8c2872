/**
 * What a dev session knows of a project's files, whoever resolved it: which count for which artifact and where they go,
 * which mean that the configuration has to be read anew, and what else of them a pass looks at. The composer makes one
 * after each load; the classifier and the watcher know nothing else of a project.
 */
import type { SourceSpec } from "../../build/builder.ts";
import type { Placer } from "../../build/placement.ts";
import type { WatchedFiles } from "../../graph/task.ts";
import type { Json } from "../../std/data/json.ts";

/** Content, type and mode of one path, as the artifact's hash records it; undefined: nothing is there. */
export type Print = Json | undefined;

/** Descriptions begin with what the path is. */
export function isDirectory(print: Print): boolean {
  return typeof print === "string" && print.startsWith("directory");
}

export interface ArtifactFiles {
  readonly image: string;
  readonly sources: SourceSpec;
  /** Absent: the artifact has no sync. */
  readonly place?: Placer;
  /** True when another artifact is built on this one: it is never synced, because the other would miss the change. */
  readonly required: boolean;
}

/** The part that a path plays for an observation. */
export interface ObservedPath {
  readonly task: string;
  /** By what it counts, for people: `k8s/*.yaml`. */
  readonly rule: string;
  /** False where the file is still as the observation left it: a hook may have made it. */
  readonly changes: boolean;
}

export interface ProjectFiles {
  readonly artifacts: readonly ArtifactFiles[];
  /** Whether the configuration was read from the path. */
  isConfig(path: string): boolean;
  /** What else a pass looks at, and whether the path is part of it: manifests, charts, whatever the graph observes. */
  observed(path: string): readonly ObservedPath[];
  /** What of the files that is. */
  others(): WatchedFiles;
}
