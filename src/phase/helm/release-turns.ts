/**
 * The order of a module's releases. As in the reference tool they follow each other as they are listed, those that others
 * depend on first, and `concurrency` says how many of them run at once: charts that need the definitions or namespaces of
 * an earlier chart rely on it.
 */
import type { ReleaseOfModule } from "./release-work.ts";

type Turn = Pick<ReleaseOfModule, "module" | "concurrency"> & {
  readonly release: Pick<ReleaseOfModule["release"], "name" | "dependsOn">;
};

/** @returns by name of a release, the one that has to end before it begins. Without a limit there is none. */
export function releaseTurns(releases: readonly Turn[]): ReadonlyMap<string, string> {
  const turns = new Map<string, string>();
  for (const [, ofModule] of Map.groupBy(releases, ({ module }) => module)) {
    const names = inOrder(ofModule);
    const most = ofModule[0]?.concurrency ?? 0;
    if (most < 1) continue;
    for (const [i, name] of names.entries()) {
      const before = names[i - most];
      if (before !== undefined) turns.set(name, before);
    }
  }
  return turns;
}

/** Level by level, as listed within each. What depends on itself in a circle is listed last: the graph refuses it. */
function inOrder(releases: readonly Turn[]): readonly string[] {
  const ordered = new Set<string>();
  const known = new Set(releases.map(({ release }) => release.name));
  for (;;) {
    const level = releases.filter(
      ({ release: { name, dependsOn } }) =>
        !ordered.has(name) && dependsOn.every((other) => ordered.has(other) || !known.has(other)),
    );
    if (level.length === 0) return [...ordered, ...[...known].filter((name) => !ordered.has(name))];
    for (const { release } of level) ordered.add(release.name);
  }
}
