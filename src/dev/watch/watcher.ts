/**
 * The interface of watchers. A watcher reports changed paths and nothing else: the kind of change is found by reading
 * the path, because file systems disagree on it. It may report a path needlessly or twice, and it reports when it may
 * have missed one.
 */

/** The files to watch. */
export interface WatchTargets {
  /** Absolute directories, with everything below. A missing one is watched as soon as it exists. */
  readonly roots: readonly string[];
  /** Absolute paths of files; only their own changes are reported. */
  readonly files: readonly string[];
}

export interface FileListener {
  changed(path: string): void;
  /** Any path may have changed without a report; `why` says the cause. */
  lost(why: string): void;
  /** A message for the user: the watcher uses another method. */
  notice(text: string): void;
}

export interface Watcher extends Disposable {
  /** Watches these instead. The caller reads the paths that are new among them. */
  retarget(targets: WatchTargets): Promise<void>;
}
