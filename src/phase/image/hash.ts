/**
 * Looks at an artifact's inputs. An observation over files, never recorded; its output is what keys are made of. Where an
 * earlier one is known with all that changed since, only that is looked at.
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
