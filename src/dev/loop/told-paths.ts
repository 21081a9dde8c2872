/**
 * What passes have to be told of changed paths: every one that was looked at since the last pass began, with the artifacts
 * that are built because of it. For all others it is in the containers by sync, or as it was: their builds need not know
 * of it until another path asks for one.
 */
export interface ToldPath {
  /** Absolute. */
  readonly path: string;
  /** Images of artifacts that are built for it. */
  readonly rebuilds: ReadonlySet<string>;
}

export class ToldPaths {
  #paths = new Map<string, Set<string>>();

  /** @param rebuilds images by path; those of a path add up */
  add(path: string, rebuilds: Iterable<string>): void {
    const before = this.#paths.get(path);
    this.#paths.set(path, new Set([...(before ?? []), ...rebuilds]));
  }

  /** All of them; they count as told from now on. */
  take(): readonly ToldPath[] {
    const paths = this.#paths;
    this.#paths = new Map();
    return [...paths].map(([path, rebuilds]) => ({ path, rebuilds }));
  }
}
