/**
 * What a dev session knows of a project's files, whoever resolved it: which count for which artifact and where they go,
 * which are manifests, which mean that the configuration has to be read anew, and which our own tasks write. The
 * composer makes one after each load; the classifier and the watcher know nothing else of a project.
 */
import type { SourceSpec } from "../../build/builder.ts";
import type { Placer } from "../../build/placement.ts";
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

export interface ProjectFiles {
  readonly artifacts: readonly ArtifactFiles[];
  /** The manifest source that reads the path, by its name for people (`k8s/*.yaml`). */
  manifest(path: string): string | undefined;
  /** Whether the path names further manifests: a change to it can change which files count. */
  namesManifests(path: string): boolean;
  /** Whether the configuration was read from the path. */
  isConfig(path: string): boolean;
  /** The task that last read or wrote the manifest, where it is still as that task left it: a hook may have made it. */
  leftBy(path: string): string | undefined;
}
