/**
 * How many builds run at a time: `--build-concurrency`, else the smallest number that a module sets, else the number of
 * cores. 0 means every core, and no limit where every image is built in a cluster.
 */
import { availableParallelism } from "node:os";
import type { Project } from "../config/project.ts";

/** How many Helm releases are deployed at a time: the smallest number that a module sets; 0 is no limit. */
export function releaseLimit({ modules }: Project): number {
  const asked = modules.flatMap(({ deploy }) => deploy.helm?.concurrency ?? []).map((n) => (n > 0 ? n : Infinity));
  return asked.length > 0 ? Math.min(...asked) : 1;
}

export function buildLimit({ modules }: Project, flag: number | undefined): number {
  const building = modules.filter(({ artifacts }) => artifacts.length > 0);
  const elsewhere = building.length > 0 && building.every(({ build }) => build.cluster !== undefined);
  const every = elsewhere ? Number.POSITIVE_INFINITY : availableParallelism();
  if (flag !== undefined && flag >= 0) return flag === 0 ? every : flag;
  const asked = modules
    .flatMap(({ build }) => build.cluster?.concurrency ?? build.local.concurrency ?? [])
    .filter((n) => n > 0);
  return asked.length > 0 ? Math.min(...asked) : every;
}
