/** What a dev session asks of a project: what to watch, one pass of the graph, and to read the configuration anew. */
import type { Cluster } from "../../cluster/cluster.ts";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import type { WatchedFiles } from "../../graph/task.ts";
import type { DeployedImage } from "../sync/layer.ts";
import type { SyncHooks } from "../sync/syncer.ts";
import type { WatchTargets } from "../watch/watcher.ts";
import type { Print, ProjectFiles } from "./project-files.ts";
import type { Pass, PassEnd, SaveKind } from "./reducer.ts";
import type { ToldPath } from "./told-paths.ts";

/** One place that objects of a project go to, as its sync has to know it. */
export interface DevPlace {
  /** Places with the same one have the same objects, by the same connection. */
  readonly id: string;
  readonly cluster: Cluster;
  /** The user's commands around a sync. */
  readonly hooks?: SyncHooks;
  /** Name of an artifact's overlay document: `overlay/<project>/<cluster>/<namespace>/<artifact>`. */
  overlayName(image: string): string;
}

/** What a pass is told of the files. */
export interface PassChanges {
  /** Every path that was looked at since the pass before. */
  readonly paths: readonly ToldPath[];
  /** Watches what the pass is about to look at. */
  watch(files: WatchedFiles): Promise<void>;
}

/** A project as it was last read, and how it is brought to the cluster. */
export interface DevProject {
  /** Never none; each id once. */
  readonly places: readonly DevPlace[];
  /** Called once, when it is in force from now on, before its first pass. */
  begin?(): Promise<void>;
  /** What has to be watched: the configuration, and all that a pass looks at, as far as that is known. */
  targets(): WatchTargets;
  /** Reads the artifacts' own files (Dockerfiles, ignore files) anew. */
  files(signal: AbortSignal): Promise<ProjectFiles>;
  /** The path's value as the artifacts' hashes record it; undefined where nothing is there. */
  print(path: string, signal: AbortSignal): Promise<Print>;
  /** Told of each file event when it comes, before anything is looked at: a build that runs may have read what was there. */
  heard(path: string): void;
  /**
   * One pass of the graph. What was looked at before is kept while nothing of it changed; of an artifact also while all
   * that changed is in its containers by sync. A pass whose signal is aborted as `Superseded` ends at once, and leaves what
   * runs to the newer one.
   */
  pass(pass: Pass, changes: PassChanges, signal: AbortSignal): Promise<PassOutcome>;
  /** Resolves when what a pass needs beside the cluster answers, after it failed because something was away. */
  answers?(signal: AbortSignal): Promise<void>;
  /** The project read anew. @throws RefusedConfig where the configuration cannot be used. */
  reload(signal: AbortSignal): Promise<DevProject>;
}

export interface PassOutcome {
  readonly end: PassEnd | "superseded";
  readonly did: SaveKind;
  /** By the id of the place; one that is absent is not known of. */
  readonly places: ReadonlyMap<string, PlaceOutcome>;
  /** Why it failed: what the tasks that failed said. */
  readonly failures?: readonly Diagnostic[];
}

/** What a pass came to in one place. */
export interface PlaceOutcome {
  /** Images that are in the cluster now, by artifact; also those of a failed pass that got there. */
  readonly images: ReadonlyMap<string, DeployedImage>;
  /** Namespaces that hold objects of the project; undefined where the pass did not get to know its objects. */
  readonly namespaces: readonly string[] | undefined;
}
