/**
 * v2beta16 to v2beta17: a build secret has no destination any more, because the Dockerfile itself says where it is
 * mounted.
 */
import { artifactsOf, pipelineStep } from "../step.ts";

export const v2beta16 = pipelineStep(
  "v2beta16",
  (pipeline) => {
    for (const artifact of artifactsOf(pipeline)) {
      const secret = artifact.down("docker", "secret");
      if (!secret?.has("dst")) continue;
      secret.warn(
        "dst",
        "the destination of a build secret is dropped",
        "name it in the Dockerfile: --mount=type=secret,dst=...",
      );
      secret.remove("dst");
    }
  },
  [{ from: "/build/artifacts/*/docker/secret/dst", drop: "a Dockerfile says itself where it mounts a secret" }],
);
