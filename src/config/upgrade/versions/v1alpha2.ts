/** v1alpha2 to v1alpha3: a release takes several values files, and kaniko's bucket belongs to its build context. */
import { newSeq, spanOf } from "../nodes.ts";
import { pipelineStep, releasesOf } from "../step.ts";

export const v1alpha2 = pipelineStep("v1alpha2", (pipeline) => {
  for (const release of releasesOf(pipeline)) {
    const file = release.node("valuesFilePath");
    if (file === undefined || release.text("valuesFilePath") === "") {
      release.remove("valuesFilePath");
      continue;
    }
    release.rename("valuesFilePath", "valuesFiles");
    const span = spanOf(file, release.span("valuesFiles"));
    if (release.node("valuesFiles") === file) release.rewrite("valuesFiles", newSeq(span, [file]));
  }
  const kaniko = pipeline.down("build", "kaniko");
  if (!kaniko?.has("gcsBucket")) return;
  const context = kaniko.ensure("buildContext", kaniko.span("gcsBucket"));
  if (context) kaniko.move("gcsBucket", context);
});
