/** v1alpha3 to v1alpha4: artifacts get their current names, and `skipPush` becomes its opposite, `push`. */
import type { Cursor } from "../cursor.ts";
import { artifactsOf, pipelineStep } from "../step.ts";

export const v1alpha3 = pipelineStep("v1alpha3", (pipeline) => {
  for (const artifact of artifactsOf(pipeline)) {
    artifact.rename("imageName", "image");
    artifact.rename("workspace", "context");
    artifact.child("docker")?.rename("dockerfilePath", "dockerfile");
  }
  const local = pipeline.down("build", "local");
  if (local?.has("skipPush")) invert(local);
  pipeline.down("deploy", "kustomize")?.rename("kustomizePath", "path");
});

/** A text that is no boolean stays as it is: the check of `push` reports it. */
function invert(local: Cursor): void {
  const text = local.text("skipPush") ?? "";
  if (local.has("push")) return local.rename("skipPush", "push");
  local.rename("skipPush", "push");
  if (/^(?:true|yes|on|y)$/i.test(text)) local.setScalar("push", false);
  else if (/^(?:false|no|off|n)$/i.test(text)) local.setScalar("push", true);
}
