/** The input of one build: the artifact's section with its templates expanded, and the module's cluster settings. */
import type { ClusterBuild, Templated } from "../../config/project.ts";
import type { Json } from "../../std/data/json.ts";
import { optional } from "../../std/data/optional.ts";
import type { ArtifactSetting } from "../builder.ts";
import type { DockerSpec } from "../docker/spec.ts";
import type { KanikoSection } from "./section.ts";

export interface KanikoSpec {
  readonly section: KanikoSection;
  readonly cluster: ClusterBuild;
  /** The Dockerfile's part in the Docker builder's form: context, args, target, platform. */
  readonly docker: DockerSpec;
  readonly label: Readonly<Record<string, string | null>>;
  readonly registryCertificate: Readonly<Record<string, string | null>>;
  /** In the form of a container's spec. */
  readonly env: readonly ({ readonly name: string } & ({ readonly value: string } | { readonly valueFrom: Json }))[];
  /** Registries of `build.insecureRegistries`. */
  readonly insecureRegistries: readonly string[];
}

/** @param required references by alias; null for an artifact that is not built yet */
export function kanikoSpec(
  section: KanikoSection,
  cluster: ClusterBuild,
  { repository, mode, insecureRegistries, platform, expand }: ArtifactSetting,
  tag: string,
  required: Readonly<Record<string, string | null>>,
): KanikoSpec {
  const slash = repository.lastIndexOf("/");
  const variables = {
    IMAGE_REPO: slash < 0 ? "" : repository.slice(0, slash),
    IMAGE_NAME: repository.slice(slash + 1),
    IMAGE_TAG: tag,
  };
  const values = (of: Readonly<Record<string, Templated | null>>) =>
    Object.fromEntries(
      Object.entries(of).map(([name, value]) => [name, value === null ? null : expand(value, variables)] as const),
    );
  return {
    section,
    cluster,
    docker: {
      context: section.context,
      dockerfile: section.dockerfile,
      buildArgs: values(section.buildArgs),
      offered: { SKAFFOLD_RUN_MODE: mode, ...required },
      ...optional("target", section.target),
      ...optional("platform", platform),
      // The pod can only use images of registries.
      pull: true,
    },
    label: values(section.label),
    registryCertificate: values(section.registryCertificate),
    env: section.env.map((variable) =>
      "value" in variable ? { name: variable.name, value: expand(variable.value, variables) } : variable,
    ),
    insecureRegistries,
  };
}
