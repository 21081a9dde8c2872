/** v2alpha2 to v2alpha3: kustomize takes several folders. The setting that made Buildpacks pull is removed. */
import { newSeq, spanOf } from "../nodes.ts";
import { artifactsOf, pipelineStep } from "../step.ts";

export const v2alpha2 = pipelineStep(
  "v2alpha2",
  (pipeline) => {
    for (const artifact of artifactsOf(pipeline)) artifact.child("buildpack")?.remove("forcePull");
    const kustomize = pipeline.down("deploy", "kustomize");
    const path = kustomize?.node("path");
    if (!kustomize || path === undefined) return;
    if (kustomize.text("path") === "") return kustomize.remove("path");
    kustomize.rename("path", "paths");
    if (kustomize.node("paths") !== path) return;
    kustomize.rewrite("paths", newSeq(spanOf(path, kustomize.span("paths")), [path]));
  },
  [
    { from: "/deploy/kustomize/path", to: "/deploy/kustomize/paths/0" },
    { from: "/build/artifacts/*/buildpack/forcePull", drop: "there is no such field any more" },
  ],
);
