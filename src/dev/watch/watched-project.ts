/**
 * Keeps the watcher's targets equal to the files of the present project. Files that a pass is about to read are watched
 * first, so that no change falls between reading and watching.
 */
import type { WatchedFiles } from "../../graph/task.ts";
import type { ProjectInForce } from "../loop/project-in-force.ts";
import { linksOnce, linkWay } from "./link-way.ts";
import { isWatched } from "./watch-roots.ts";
import type { Watcher, WatchTargets } from "./watcher.ts";

export class WatchedProject {
  readonly #held: ProjectInForce;
  #watcher: Watcher | undefined;
  #targets: WatchTargets;
  #aiming: Promise<void> = Promise.resolve();

  constructor(held: ProjectInForce) {
    this.#held = held;
    this.#targets = held.targets();
  }

  /** Opens the watcher with the present files of the project. */
  async open(open: (targets: WatchTargets) => Promise<Watcher>): Promise<Watcher> {
    this.#targets = this.#held.targets();
    this.#watcher = await open(this.#targets);
    return this.#watcher;
  }

  /** Watches the present files of the project. */
  retarget(): Promise<void> {
    return this.#inTurn(() => this.#aim());
  }

  /** Resolves when these files are watched. They are among the project's targets already. */
  cover(files: WatchedFiles): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#isCovered(files)) await this.#aim();
    });
  }

  /** A link below a root leads elsewhere: its target is watched only where the link is a target itself. */
  #isCovered(files: WatchedFiles): boolean {
    if (!isWatched(files, this.#targets)) return false;
    const named = new Set(this.#targets.files);
    const kind = linksOnce();
    return files.files.every((path) => named.has(path) || linkWay(path, kind).length === 0);
  }

  async #aim(): Promise<void> {
    this.#targets = this.#held.targets();
    await this.#watcher?.retarget(this.#targets);
  }

  /** One at a time: the last request wins. */
  #inTurn(aim: () => Promise<void>): Promise<void> {
    this.#aiming = this.#aiming.then(aim, aim);
    return this.#aiming;
  }
}
