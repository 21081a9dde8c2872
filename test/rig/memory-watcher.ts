/** A watcher in a test's hand: it tells what the test says changed, to whoever opened it. */
import type { FileListener, Watcher, WatchTargets } from "../../src/dev/watch/watcher.ts";

export class MemoryWatcher implements Watcher {
  targets: WatchTargets = { roots: [], files: [] };
  disposed = false;
  /** How often it was given targets. */
  aimed = 0;
  /** Whether nothing below a directory counts, as the session that opened it says. */
  pruned: (directory: string) => boolean = () => false;
  #listener: FileListener | undefined;

  /** Given to a session in the place of the real ones. */
  readonly open = async (
    targets: WatchTargets,
    listener: FileListener,
    pruned: (directory: string) => boolean = () => false,
  ): Promise<Watcher> => {
    this.pruned = pruned;
    this.targets = targets;
    this.aimed++;
    this.#listener = listener;
    return this;
  };

  changed(...paths: readonly string[]): void {
    for (const path of paths) this.#listener?.changed(path);
  }

  lost(why: string): void {
    this.#listener?.lost(why);
  }

  async retarget(targets: WatchTargets): Promise<void> {
    this.targets = targets;
    this.aimed++;
  }

  [Symbol.dispose](): void {
    this.disposed = true;
  }
}
