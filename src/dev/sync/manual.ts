/**
 * `sync.manual`: every rule whose glob matches gives the file a destination: below `dest`, by its path in the context
 * without `strip`. A relative `dest` is relative to the working directory of the running image, so there is no
 * destination before that is known. Deletions use the same destinations.
 */
import { posix } from "node:path";
import { type Placer, unplaced } from "../../build/placement.ts";
import { fixedDirectory, syncGlob } from "../../build/sync-glob.ts";
import type { SyncRule } from "../../config/project.ts";
import type { Diagnostic } from "../../diag/diagnostic.ts";

/** @param workdir of the built image; called every time, because a rebuild may change it */
export function manualPlacer(rules: readonly SyncRule[], workdir: () => string | undefined): Placer {
  const compiled = rules.map((rule) => ({ rule, matches: syncGlob(rule.src) }));
  return (path) => {
    const matching = compiled.filter(({ matches }) => matches(path));
    if (matching.length === 0) return unplaced("no sync rule matches");
    const destinations = new Set<string>();
    for (const { rule } of matching) {
      const base = rule.dest.startsWith("/") ? "/" : workdir();
      if (base === undefined) return unplaced(`the working directory that ${rule.dest} is relative to is not known`);
      const rest = path.startsWith(rule.strip) ? path.slice(rule.strip.length) : path;
      destinations.add(posix.join("/", base, rule.dest, rest));
    }
    if (destinations.has("/")) return unplaced("its destination is the root of the container");
    const names = matching.map(({ rule }) => JSON.stringify(rule.src)).join(", ");
    return { kind: "placed", rule: `sync.manual ${names}`, destinations: [...destinations] };
  };
}

/** A hint for each rule whose destination is one directory deeper than its author probably expects. */
export function manualHints(rules: readonly SyncRule[]): readonly Diagnostic[] {
  return rules.flatMap((rule): Diagnostic[] => {
    const fixed = fixedDirectory(rule.src);
    const repeated = fixed !== "" && posix.basename(fixed) === posix.basename(rule.dest);
    if (rule.strip !== "" || !repeated) return [];
    return [
      {
        severity: "hint",
        message: `files of ${rule.src} land under ${posix.join(rule.dest, fixed)}, because nothing is stripped from their path`,
        at: rule.at,
        suggestion: `add strip: ${JSON.stringify(fixed)} to put them right under ${rule.dest}`,
      },
    ];
  });
}
