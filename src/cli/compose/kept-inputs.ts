/**
 * In a dev session only what a save concerns is looked at anew. An artifact whose changed files were synced keeps the
 * inputs of its last build, because its containers already hold the newer ones; manifests that nobody touched are not
 * read again, nor are the hooks around their reading run.
 */
import { moment } from "../../dev/sync/moment.ts";
import { InputsChanged } from "../../graph/inputs-changed.ts";
import type { ObserveTask } from "../../graph/task.ts";
import type { Json } from "../../std/data/json.ts";
import type { TreeMark } from "../../store/tree/mark.ts";
import type { ComposedArtifact } from "./artifact-work.ts";

/** What the pass at hand looks at anew. */
export interface Fresh {
  artifact(image: string): boolean;
  render(): boolean;
  /** Nothing may be taken for unchanged. */
  everything(): boolean;
}

/** Looks whose moment is remembered: passes that supersede each other are few. */
const remembered = 32;

export interface KeptArtifact extends ComposedArtifact {
  /** A moment before which no file of these inputs was read. @param files that `hash` gave */
  readMoment(files: TreeMark): number;
}

export function keepingInputs(artifact: ComposedArtifact, fresh: Fresh): KeptArtifact {
  const readAt = new Map<TreeMark, number>();
  let kept: TreeMark | undefined;
  /** A build found that the kept inputs are not what is there: the next look must be a real one. */
  let stale = true;
  return {
    ...artifact,
    readMoment: (files) => readAt.get(files) ?? 0,
    async hash(signal) {
      if (kept !== undefined && !stale && !fresh.artifact(artifact.image)) return kept;
      const before = moment();
      const files = await artifact.hash(signal);
      readAt.delete(files);
      readAt.set(files, before);
      const [oldest] = readAt.keys();
      if (readAt.size > remembered && oldest !== undefined) readAt.delete(oldest);
      stale = false;
      kept = files;
      return files;
    },
    async build(request, ctx) {
      try {
        return await artifact.build(request, ctx);
      } catch (thrown) {
        if (thrown instanceof InputsChanged) stale = true;
        throw thrown;
      }
    },
  };
}

/** @param unchanged whether what the task made this output from is as it was then */
export function keepingOutput(
  task: ObserveTask,
  fresh: Fresh,
  unchanged: (output: Json) => Promise<boolean>,
): ObserveTask {
  let kept: Json | undefined;
  return {
    ...task,
    async run(inputs, ctx) {
      if (kept !== undefined && !fresh.everything()) if (!fresh.render() || (await unchanged(kept))) return kept;
      const output = await task.run(inputs, ctx);
      kept = output;
      return output;
    },
  };
}
