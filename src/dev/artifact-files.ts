/**
 * An artifact's part of `ProjectFiles`, from its configuration and its inspection: which way of syncing it has and what
 * its places are made of. `auto` is a matter of builders that say themselves what they sync; Docker's is none of them.
 */
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { SourceSpec } from "../build/builder.ts";
import type { Plan } from "../build/docker/plan.ts";
import type { Sync } from "../config/project.ts";
import type { TreeView } from "./copy-step.ts";
import { inferPlacer } from "./infer.ts";
import { manualPlacer } from "./manual.ts";
import type { Placer } from "./placement.ts";
import type { ArtifactFiles } from "./project-files.ts";

export interface ArtifactParts {
  readonly image: string;
  readonly sync: Sync | undefined;
  /** Whether another artifact is built on it. */
  readonly required: boolean;
  readonly sources: SourceSpec;
  /** Undefined where the Dockerfile is not understood. */
  readonly plan: Plan | undefined;
  /** Working directory of the image that runs, where it is known; asked at every save. */
  workdir(): string | undefined;
}

export function artifactFiles(parts: ArtifactParts): ArtifactFiles {
  const { image, required, sources } = parts;
  const place = placerOf(parts);
  return { image, required, sources, ...(place ? { place } : {}) };
}

/** Undefined where nothing is synced. */
export function placerOf({ sync, sources, plan, workdir }: ArtifactParts): Placer | undefined {
  if (sync === undefined) return undefined;
  switch (sync.kind) {
    case "manual":
      return manualPlacer(sync.rules, workdir);
    case "infer":
      return inferPlacer(
        sync.patterns.map(({ pattern }) => pattern),
        plan,
        contextTree(sources),
      );
    case "auto":
      return undefined;
  }
}

/** The context as the build sees it, looked at anew every time. */
export function contextTree(sources: SourceSpec): TreeView {
  return {
    exists(path) {
      try {
        const stat = lstatSync(join(sources.root, path));
        return sources.part(path, stat.isDirectory() ? "directory" : "file") === "in";
      } catch {
        return false;
      }
    },
    children(directory) {
      try {
        return readdirSync(join(sources.root, directory));
      } catch {
        return [];
      }
    },
  };
}
