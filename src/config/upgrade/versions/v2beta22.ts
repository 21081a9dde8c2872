/** v2beta22 to v2beta23: an image may have several build secrets. */
import { newSeq, spanOf } from "../nodes.ts";
import { artifactsOf, pipelineStep } from "../step.ts";

export const v2beta22 = pipelineStep(
  "v2beta22",
  (pipeline) => {
    for (const artifact of artifactsOf(pipeline)) {
      const docker = artifact.child("docker");
      const secret = docker?.child("secret");
      if (!docker || !secret) continue;
      docker.rename("secret", "secrets");
      const span = spanOf(secret.map, docker.span("secrets"));
      if (docker.node("secrets") === secret.map) docker.rewrite("secrets", newSeq(span, [secret.map]));
    }
  },
  [
    {
      from: "/build/artifacts/*/docker/secret",
      to: "/build/artifacts/*/docker/secrets",
      value: (secret, cause) => newSeq(spanOf(secret, cause), [secret]),
    },
    { from: "/build/artifacts/*/docker/secret/*", to: "/build/artifacts/*/docker/secrets/0/*" },
  ],
);
