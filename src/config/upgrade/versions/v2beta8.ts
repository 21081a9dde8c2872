/** v2beta8 to v2beta9: automatic sync becomes a boolean, and every flag of kaniko has a field (`kaniko-flags.ts`). */
import { isMap } from "yaml";
import { editFlags } from "../kaniko-flags.ts";
import { newScalar } from "../nodes.ts";
import { artifactsOf, pipelineStep } from "../step.ts";

export const v2beta8 = pipelineStep(
  "v2beta8",
  (pipeline) => {
    for (const artifact of artifactsOf(pipeline)) {
      const sync = artifact.child("sync");
      if (sync && isMap(sync.node("auto"))) sync.rewrite("auto", newScalar(true, sync.span("auto")));
      const kaniko = artifact.child("kaniko");
      if (kaniko) editFlags(kaniko);
    }
  },
  [{ from: "/build/artifacts/*/kaniko/flags/**", refuse: "every flag is a field of its own now: patch that" }],
);
