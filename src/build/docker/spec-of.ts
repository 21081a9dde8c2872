/**
 * From an artifact's section to the input of the Docker builder: templates expanded with the image's variables;
 * required images and the run mode as offered args. Offered args are passed only where the Dockerfile declares them;
 * the user's own args always, as in the reference tool.
 */
import type { ArtifactSetting } from "../builder.ts";
import type { DockerSection } from "./section.ts";
import type { DockerSpec } from "./spec.ts";

/** @param required references by alias; null for an artifact that is not built yet */
export function dockerSpec(
  section: DockerSection,
  { artifact: { context }, repository, mode, local, platform, expand }: ArtifactSetting,
  tag: string,
  required: Readonly<Record<string, string | null>>,
): DockerSpec {
  const slash = repository.lastIndexOf("/");
  const variables = {
    IMAGE_REPO: slash < 0 ? "" : repository.slice(0, slash),
    IMAGE_NAME: repository.slice(slash + 1),
    IMAGE_TAG: tag,
  };
  const own = Object.entries(section.buildArgs).map(
    ([name, value]) => [name, value === null ? null : expand(value, variables)] as const,
  );
  const { target, network, ssh } = section;
  return {
    context,
    dockerfile: section.dockerfile,
    buildArgs: Object.fromEntries(own),
    offered: { SKAFFOLD_RUN_MODE: mode, ...required },
    addHost: section.addHost,
    cacheFrom: section.cacheFrom,
    cliFlags: section.cliFlags.map((flag) => expand(flag, variables)),
    pull: section.pullParent,
    noCache: section.noCache,
    squash: section.squash,
    secrets: section.secrets,
    ...(target === undefined ? {} : { target }),
    ...(network === undefined ? {} : { network }),
    ...(ssh === undefined ? {} : { ssh }),
    ...(platform === undefined ? {} : { platform }),
    ...(local.useBuildkit === undefined ? {} : { useBuildkit: local.useBuildkit }),
  };
}
