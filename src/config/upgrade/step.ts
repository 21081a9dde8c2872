/**
 * One version step: edits of the pipelines of a document. The root and every profile are pipelines of the same shape; a
 * profile's patches name fields by path, and a table of their own rewrites them (`patches.ts`).
 */
import { isMap, type YAMLMap } from "yaml";
import type { Log } from "./change.ts";
import { Cursor } from "./cursor.ts";
import { type PathRule, rewritePatches } from "./patches.ts";
import type { Version } from "./versions.ts";

/** A document in the form that steps edit. */
export interface Pipelines {
  readonly log: Log;
  readonly root: Cursor;
  readonly profiles: readonly Cursor[];
}

export interface Step {
  /** The version that the step reads; the result has the next version. */
  readonly from: Version;
  edit(document: Pipelines): void;
}

/** Edits the root or a profile. For the root, `root` is the same cursor; for a profile, `root` is already upgraded. */
export type PipelineEdit = (pipeline: Cursor, root: Cursor) => void;

export function pipelinesOf(map: YAMLMap, log: Log): Pipelines {
  const root = new Cursor(log, map);
  return { log, root, profiles: root.items("profiles").filter(({ map: profile }) => isMap(profile)) };
}

/** A step that applies the same edit to every pipeline and to the values of patches, and `rules` to their paths. */
export function pipelineStep(from: string, edit: PipelineEdit, rules: readonly PathRule[] = []): Step {
  return {
    from: from as Version,
    edit({ root, profiles }) {
      edit(root, root);
      for (const profile of profiles) {
        edit(profile, root);
        rewritePatches(profile, root, { rules, edit });
      }
    },
  };
}

/** Every artifact of a pipeline. */
export function artifactsOf(pipeline: Cursor): Cursor[] {
  return pipeline.child("build")?.items("artifacts") ?? [];
}

/** Every release of a pipeline. Releases below `manifests` occur only in newer documents that also have old keys. */
export function releasesOf(pipeline: Cursor): Cursor[] {
  return ["deploy", "manifests"].flatMap((section) => pipeline.down(section, "helm")?.items("releases") ?? []);
}
