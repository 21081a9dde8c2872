/**
 * The changed paths for the next pass: every path that was read since the last pass began, with the artifacts that are
 * rebuilt because of it. For all other artifacts the path is in the containers by sync, or unchanged: their builds need
 * not include it until another path needs one.
 */
export interface PendingPath {
  /** Absolute. */
  readonly path: string;
  /** Images of artifacts that are rebuilt because of it. */
  readonly rebuilds: ReadonlySet<string>;
}

export class PendingPaths {
  #paths = new Map<string, Set<string>>();

  /** @param rebuilds images by path; those of a path add up */
  add(path: string, rebuilds: Iterable<string>): void {
    const before = this.#paths.get(path);
    this.#paths.set(path, new Set([...(before ?? []), ...rebuilds]));
  }

  /** Removes and returns all paths. */
  take(): readonly PendingPath[] {
    const paths = this.#paths;
    this.#paths = new Map();
    return [...paths].map(([path, rebuilds]) => ({ path, rebuilds }));
  }
}
