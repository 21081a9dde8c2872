/** v4beta4 to v4beta5: kaniko's switch for pushing is removed, because kaniko always pushes. */
import { artifactsOf, pipelineStep } from "../step.ts";

export const v4beta4 = pipelineStep(
  "v4beta4",
  (pipeline) => {
    for (const artifact of artifactsOf(pipeline)) {
      const kaniko = artifact.child("kaniko");
      if (!kaniko?.pair("noPush")) continue;
      kaniko.warn("noPush", "kaniko always pushes: noPush is dropped");
      kaniko.remove("noPush");
    }
  },
  [{ from: "/build/artifacts/*/kaniko/noPush", drop: "kaniko always pushes" }],
);
