/** v4beta7 to v4beta8: a misspelt key, which YAML reads as a boolean, gets its name. */
import { pipelineStep } from "../step.ts";

export const v4beta7 = pipelineStep("v4beta7", (pipeline) => pipeline.down("deploy", "kpt")?.rename("false", "force"), [
  { from: "/deploy/kpt/false", to: "/deploy/kpt/force" },
]);
