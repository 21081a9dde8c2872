/** v2beta27 to v2beta28: every artifact may name its platforms, not only those that ko builds. */
import { artifactsOf, pipelineStep } from "../step.ts";

export const v2beta27 = pipelineStep(
  "v2beta27",
  (pipeline) => {
    for (const artifact of artifactsOf(pipeline)) {
      const ko = artifact.child("ko");
      const platforms = ko?.list("platforms");
      if (!ko || !platforms) continue;
      if (platforms.items.length === 0) {
        ko.remove("platforms");
        continue;
      }
      artifact.remove("platforms");
      ko.move("platforms", artifact);
    }
  },
  [{ from: "/build/artifacts/*/ko/platforms/**", to: "/build/artifacts/*/platforms/**" }],
);
