/** v2beta4 to v2beta5: two renamed fields. */
import { artifactsOf, pipelineStep } from "../step.ts";

export const v2beta4 = pipelineStep(
  "v2beta4",
  (pipeline) => {
    for (const artifact of artifactsOf(pipeline)) artifact.rename("buildpack", "buildpacks");
    pipeline.down("build", "cluster")?.rename("pullSecret", "pullSecretPath");
  },
  [
    { from: "/build/artifacts/*/buildpack/**", to: "/build/artifacts/*/buildpacks/**" },
    { from: "/build/cluster/pullSecret", to: "/build/cluster/pullSecretPath" },
  ],
);
