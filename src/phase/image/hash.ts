/**
 * Hashes an artifact's inputs. An observation over files, never recorded; keys are made of its output. Where an earlier
 * output and all changes since are known, only the changes are read.
 */
import type { ObserveTask } from "../../graph/task.ts";
import { taskId } from "../ids.ts";
import type { ArtifactWork } from "./artifact.ts";

export function hashTask(artifact: ArtifactWork): ObserveTask {
  return {
    id: taskId.hash(artifact.image),
    kind: "hash",
    mode: "observe",
    deps: [],
    over: artifact.over,
    run: (_inputs, { signal, watch, before }) =>
      artifact.hash(signal, { watch, ...(before ? { changed: before.changed } : {}) }),
  };
}
