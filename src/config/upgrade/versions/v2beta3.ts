/** v2beta3 to v2beta4: `values` of a release, which held only images, becomes `artifactOverrides`. */
import { pipelineStep, releasesOf } from "../step.ts";

export const v2beta3 = pipelineStep(
  "v2beta3",
  (pipeline) => {
    for (const release of releasesOf(pipeline)) release.rename("values", "artifactOverrides");
  },
  [{ from: "/deploy/helm/releases/*/values/**", to: "/deploy/helm/releases/*/artifactOverrides/**" }],
);
