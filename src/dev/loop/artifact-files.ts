/**
 * An artifact's part of `ProjectFiles`, from its configuration and its inspection: its way of syncing and the
 * destinations of its files. `auto` works only for builders that decide themselves what they sync; the Docker builder
 * does not.
 */
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Inspection, SourceSpec } from "../../build/builder.ts";
import { type Placer, type TreeView, unplaced } from "../../build/placement.ts";
import type { Sync } from "../../config/project.ts";
import { manualPlacer } from "../sync/manual.ts";
import type { ArtifactFiles } from "./project-files.ts";

export interface ArtifactParts {
  readonly image: string;
  readonly sync: Sync | undefined;
  /** Whether another artifact is built on it. */
  readonly required: boolean;
  readonly inspection: Pick<Inspection, "sources" | "infer" | "auto">;
  /** Working directory of the running image, where it is known; called at every save. */
  workdir(): string | undefined;
  /** Labels of the running image, likewise. */
  labels(): Readonly<Record<string, string>> | undefined;
}

export function artifactFiles(parts: ArtifactParts): ArtifactFiles {
  const { image, required, inspection } = parts;
  const place = placerOf(parts);
  return { image, required, sources: inspection.sources, ...(place ? { place } : {}) };
}

/** Undefined where nothing is synced. */
export function placerOf({
  sync,
  inspection,
  workdir,
  labels,
}: Omit<ArtifactParts, "image" | "required">): Placer | undefined {
  if (sync === undefined) return undefined;
  switch (sync.kind) {
    case "manual":
      return manualPlacer(sync.rules, workdir);
    case "infer":
      return inferred(
        sync.patterns.map(({ pattern }) => pattern),
        inspection,
      );
    case "auto":
      return sync.on ? inspection.auto?.(labels) : undefined;
  }
}

function inferred(patterns: readonly string[], { infer, sources }: ArtifactParts["inspection"]): Placer {
  return infer?.(patterns, contextTree(sources)) ?? (() => unplaced("its builder cannot tell where files go"));
}

/** The context as the build sees it, read at each call. */
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
