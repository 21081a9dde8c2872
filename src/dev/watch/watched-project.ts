/**
 * Keeps the watcher at what the project in force consists of. What its files name (a Dockerfile, a kustomization) changes
 * with them; what was named before it was watched may have changed unnoticed meanwhile, and is looked at once more.
 */
import { watchedOf } from "../../build/watched.ts";
import { type Needs, nothing } from "../loop/needs.ts";
import type { ProjectFiles } from "../loop/project-files.ts";
import type { ProjectInForce } from "../loop/project-in-force.ts";
import { isWatched } from "./watch-roots.ts";
import type { Watcher, WatchTargets } from "./watcher.ts";

export class WatchedProject {
  readonly #held: ProjectInForce;
  #watcher: Watcher | undefined;
  #targets: WatchTargets;

  constructor(held: ProjectInForce) {
    this.#held = held;
    this.#targets = held.targets();
  }

  /** Opens the watcher at what is known of the project now. */
  async open(open: (targets: WatchTargets) => Promise<Watcher>): Promise<Watcher> {
    this.#targets = this.#held.targets();
    this.#watcher = await open(this.#targets);
    return this.#watcher;
  }

  async retarget(): Promise<WatchTargets> {
    this.#targets = this.#held.targets();
    await this.#watcher?.retarget(this.#targets);
    return this.#targets;
  }

  /**
   * Reads the artifacts' own files, and watches what they name and what the last renders read, links among it.
   * @returns also what has to be looked at once more, because it was hashed or rendered before all of it was watched
   */
  async read(signal: AbortSignal): Promise<{ readonly files: ProjectFiles; readonly unwatched: Needs }> {
    const files = await this.#held.read(signal);
    const artifacts = files.artifacts.filter(({ sources }) => !isWatched(watchedOf(sources), this.#targets));
    const known = new Set(this.#targets.files);
    const more = this.#held.targets().files.filter((path) => !known.has(path));
    if (artifacts.length > 0 || more.length > 0) await this.retarget();
    const render = more.some((path) => files.manifest(path) !== undefined && files.leftBy(path) === undefined);
    return { files, unwatched: { ...nothing, artifacts: new Set(artifacts.map(({ image }) => image)), render } };
  }

  /**
   * Watches what the changed files name now. Where a render read them already, what they name may have been saved after
   * that render and before it was watched: such manifests count as changed.
   * @param naming changed files that name manifests
   */
  async unreadManifests(naming: readonly string[], known: ProjectFiles): Promise<readonly string[]> {
    const targets = await this.retarget();
    if (naming.some((path) => known.leftBy(path) === undefined)) return [];
    return targets.files.filter((path) => known.manifest(path) !== undefined && known.leftBy(path) === undefined);
  }
}
