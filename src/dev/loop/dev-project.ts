/**
 * What a dev session needs of a project: the files to watch, one pass of the graph, and loading the configuration
 * again.
 */
import type { Cluster } from "../../cluster/cluster.ts";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import type { WatchedFiles } from "../../graph/task.ts";
import type { SyncHooks } from "../sync/syncer.ts";
import type { DeployedImage } from "../sync/wanted-overlay.ts";
import type { WatchTargets } from "../watch/watcher.ts";
import type { PendingPath } from "./pending-paths.ts";
import type { Fingerprint, ProjectFiles } from "./project-files.ts";
import type { Pass, PassEnd, SaveKind } from "./reducer.ts";

/** One place that objects of the project go to, as far as its sync needs it. */
export interface DevPlace {
  /** Places with the same id have the same objects, over the same connection. */
  readonly id: string;
  readonly cluster: Cluster;
  /** The user's commands around a sync. */
  readonly hooks?: SyncHooks;
  /** Name of an artifact's overlay document: `overlay/<project>/<cluster>/<namespace>/<artifact>`. */
  overlayName(image: string): string;
}

/** The changes of files for a pass. */
export interface PassChanges {
  /** Every path that was read since the previous pass. */
  readonly paths: readonly PendingPath[];
  /** Watches the files that the pass is about to read. */
  watch(files: WatchedFiles): Promise<void>;
}

/** A loaded project, and how it is brought to the cluster. */
export interface DevProject {
  /** Never empty; ids are unique. */
  readonly places: readonly DevPlace[];
  /** Called once, when the project becomes the present one, before its first pass. */
  begin?(): Promise<void>;
  /** The files to watch: the configuration, and everything that a pass reads, as far as that is known. */
  targets(): WatchTargets;
  /** The files of the configuration that were written since it was read. */
  rewritten?(): readonly string[];
  /** Reads the artifacts' own files (Dockerfiles, ignore files). */
  files(signal: AbortSignal): Promise<ProjectFiles>;
  /** The path's description as the artifacts' hashes record it; undefined where the path does not exist. */
  print(path: string, signal: AbortSignal): Promise<Fingerprint>;
  /**
   * Called for each file event at once, before the path is read, because a running build may have read the earlier
   * content.
   */
  heard(path: string): void;
  /**
   * One pass of the graph. Outputs of observations are kept while none of their files changed; an artifact's hash also
   * while all its changes reached its containers by sync. A pass whose signal is aborted as `Superseded` ends at once,
   * and leaves running tasks to the newer one.
   */
  pass(pass: Pass, changes: PassChanges, signal: AbortSignal): Promise<PassOutcome>;
  /** Resolves when the servers that a pass needs besides the cluster answer, after a failure because one was away. */
  answers?(signal: AbortSignal): Promise<void>;
  /**
   * The project, loaded again.
   * @throws RefusedConfig where the configuration cannot be used
   */
  reload(signal: AbortSignal): Promise<DevProject>;
}

export interface PassOutcome {
  readonly end: PassEnd | "superseded";
  readonly did: SaveKind;
  /** By the id of the place; nothing is known of an absent one. */
  readonly places: ReadonlyMap<string, PlaceOutcome>;
  /** Diagnostics of the failed tasks. */
  readonly failures?: readonly Diagnostic[];
}

/** The result of a pass in one place. */
export interface PlaceOutcome {
  /** Images that are in the cluster now, by artifact; also those that a failed pass delivered. */
  readonly images: ReadonlyMap<string, DeployedImage>;
  /** Namespaces with objects of the project; undefined where the pass did not come to know its objects. */
  readonly namespaces: readonly string[] | undefined;
}
