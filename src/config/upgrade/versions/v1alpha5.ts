/**
 * v1alpha5 to v1beta1: the builder of Azure's registry was removed. It has no counterpart, so a document with it is
 * refused.
 */
import { pipelineStep } from "../step.ts";

export const v1alpha5 = pipelineStep("v1alpha5", (pipeline) => {
  const build = pipeline.child("build");
  if (!build?.has("acr")) return;
  build.error("acr", "there is no builder acr any more", "use build.local, build.cluster or build.googleCloudBuild");
  build.remove("acr");
});
