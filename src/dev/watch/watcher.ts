/**
 * What tells of changed files. A watcher names paths and nothing else: what a change is, is found by looking at the path
 * (`look.ts`), because file systems disagree on what they call a change. It may name a path too many or one twice, and
 * it says so when it may have missed one.
 */

/** What is watched. */
export interface WatchTargets {
  /** Absolute directories, with everything below. One that does not exist is watched as soon as it does. */
  readonly roots: readonly string[];
  /** Absolute files, wherever they are; only their own changes are told. */
  readonly files: readonly string[];
}

export interface FileListener {
  changed(path: string): void;
  /** Any path may have changed without being told. The words say why. */
  lost(why: string): void;
  /** The user should know: the watcher took another way. */
  notice(text: string): void;
}

export interface Watcher extends Disposable {
  /** Watches these instead. Whoever calls it looks at what is new among them. */
  retarget(targets: WatchTargets): Promise<void>;
}
