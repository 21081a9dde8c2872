/** A release's name is its identity in the cluster, so two releases of one place must not have the same. */
import type { Release } from "../../config/release.ts";
import { Failure } from "../../diag/failure.ts";

/** @throws Failure for a name that two releases have */
export function refuseTwice(releases: readonly Release[]): void {
  const seen = new Map<string, Release>();
  for (const release of releases) {
    const first = seen.get(release.name);
    if (first)
      throw new Failure({
        severity: "error",
        at: release.at,
        message: `two releases are called ${release.name}; the first is on line ${first.at.line} of ${first.at.file}`,
      });
    seen.set(release.name, release);
  }
}
