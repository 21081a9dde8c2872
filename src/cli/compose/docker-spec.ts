/**
 * From an artifact's section of the configuration to what the Docker builder is told: templates expanded with the
 * image's variables, required images and the run mode as build args. Args that devloop adds are given only where the
 * Dockerfile declares them; the user's own are always passed, as in the reference tool.
 */
import type { DockerSpec } from "../../build/docker/spec.ts";
import type { DockerSection, LocalBuild, Templated } from "../../config/project.ts";
import type { Required } from "../../phase/artifact.ts";

export interface SpecContext {
  /** Absolute. */
  readonly context: string;
  /** After `--default-repo`. */
  readonly repository: string;
  /** The subcommand, as `SKAFFOLD_RUN_MODE`. */
  readonly mode: string;
  readonly local: LocalBuild;
  readonly platform?: string;
  expand(template: Templated, variables: Readonly<Record<string, string>>): string;
}

/** @param declares whether the Dockerfile has an ARG of that name */
export function dockerSpec(
  section: DockerSection,
  { context, repository, mode, local, platform, expand }: SpecContext,
  tag: string,
  required: Required,
  declares: (arg: string) => boolean,
): DockerSpec {
  const slash = repository.lastIndexOf("/");
  const variables = {
    IMAGE_REPO: slash < 0 ? "" : repository.slice(0, slash),
    IMAGE_NAME: repository.slice(slash + 1),
    IMAGE_TAG: tag,
  };
  const added = Object.entries({ SKAFFOLD_RUN_MODE: mode, ...required }).filter(([name]) => declares(name));
  const own = Object.entries(section.buildArgs).map(
    ([name, value]) => [name, value === null ? null : expand(value, variables)] as const,
  );
  const { target, network, ssh } = section;
  return {
    context,
    dockerfile: section.dockerfile,
    buildArgs: Object.fromEntries([...added, ...own]),
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
