/**
 * The tag of every artifact, known before anything is built: by the policy, from git, time or environment, or from the
 * build key itself. A tag is a name for people; the image itself decides the reference in manifests (`deliver.ts`).
 */
import { keyOf } from "../../graph/plan/key.ts";
import type { Task } from "../../graph/task.ts";
import type { JsonRecord } from "../../std/data/json.ts";
import type { TreeMark } from "../../store/tree/mark.ts";
import { taskId } from "../ids.ts";
import { type ArtifactWork, symbolicTag } from "./artifact.ts";

/**
 * `reference` is `repository:tag`; `also` are additional tags that are moved along; `parts` are the key's, without
 * files; `teamParts` are the key's for sharing results.
 */
export type TagOutput = {
  readonly tag: string;
  readonly reference: string;
  readonly also: readonly string[];
  readonly parts: JsonRecord;
  readonly teamParts?: JsonRecord;
};

export function tagTask(artifact: ArtifactWork): Task {
  const required = artifact.requires.map(({ image }) => taskId.tag(image));
  return {
    id: taskId.tag(artifact.image),
    kind: "tag",
    mode: "observe",
    deps: [taskId.hash(artifact.image), ...required],
    async run(inputs, { signal, emit }): Promise<TagOutput> {
      const files = inputs.get<TreeMark>(taskId.hash(artifact.image));
      const tags = artifact.requires.map(({ image, alias }) => [
        alias,
        inputs.get<TagOutput>(taskId.tag(image)).reference,
      ]);
      const shared = await artifact.sharedParts(symbolicTag, signal);
      const key = keyOf({ ...shared, files, requires: Object.fromEntries(tags) });
      const { tag, also } = await artifact.tag(key, files, signal);
      const inKey = artifact.tagFromKey ? symbolicTag : tag;
      const parts = await artifact.parts(inKey, signal);
      const teamParts = await artifact.teamParts?.(inKey, signal);
      const reference = `${artifact.repository}:${tag}`;
      emit({ type: "tag", artifact: artifact.image, reference });
      return { tag, reference, also, parts, ...(teamParts ? { teamParts } : {}) };
    },
  };
}

/** Marks that every tag is known, which ends the phase of tags. */
export function tagsTask(artifacts: readonly Pick<ArtifactWork, "image">[]): Task {
  return {
    id: taskId.tags,
    kind: "tag",
    mode: "observe",
    deps: artifacts.map(({ image }) => taskId.tag(image)),
    async run(_inputs, { emit }) {
      emit({ type: "phase", phase: "tags", status: "done", count: artifacts.length });
      return null;
    },
  };
}
