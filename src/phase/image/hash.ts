/** Looks at an artifact's inputs. An observation: always made, never recorded; its output is what keys are made of. */
import type { Task } from "../../graph/task.ts";
import { taskId } from "../ids.ts";
import type { ArtifactWork } from "./artifact.ts";

export function hashTask(artifact: ArtifactWork): Task {
  return {
    id: taskId.hash(artifact.image),
    kind: "hash",
    mode: "observe",
    deps: [],
    run: (_inputs, { signal, before }) => artifact.hash(signal, before?.changed),
  };
}
