/**
 * The environment of a build command, with the reference tool's names. These variables override those of the same name
 * in the user's own environment, because a stray `IMAGE` there would make the command build another image.
 */
import type { ClusterBuild } from "../../config/project.ts";
import { parseReference } from "../../image/reference.ts";
import type { Required } from "../builder.ts";

export interface CommandFacts {
  /** The name of the image to build, with tag. */
  readonly reference: string;
  /** Whether the command must push it. */
  readonly push: boolean;
  /** Absolute. */
  readonly context: string;
  /** `os/arch`, several joined by commas. */
  readonly platforms: string;
  readonly required: Required;
  /** For commands that build in a cluster. */
  readonly cluster?: ClusterFacts;
}

export interface ClusterFacts {
  readonly context: string;
  readonly namespace: string;
  readonly details: Pick<ClusterBuild, "pullSecretName" | "dockerConfig" | "timeout">;
}

/** `IMAGE_REPO` is the whole name, as in the reference tool for this builder only. */
export function commandEnvironment({ reference, push, context, platforms, required, cluster }: CommandFacts) {
  const { written, tag } = parseReference(reference);
  return {
    ...required,
    ...(cluster ? clusterEnvironment(cluster) : {}),
    IMAGE: reference,
    PUSH_IMAGE: String(push),
    BUILD_CONTEXT: context,
    PLATFORMS: platforms,
    SKIP_TEST: "false",
    IMAGE_REPO: written,
    IMAGE_TAG: tag ?? "",
  };
}

function clusterEnvironment({ context, namespace, details }: ClusterFacts) {
  return {
    KUBE_CONTEXT: context,
    NAMESPACE: namespace,
    PULL_SECRET_NAME: details.pullSecretName ?? "",
    DOCKER_CONFIG_SECRET_NAME: details.dockerConfig?.secretName ?? "",
    TIMEOUT: details.timeout,
  };
}
