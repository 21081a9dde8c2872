/**
 * The fields that `inspect build-env add|modify` can set: a flag for each, with the environments that have the field.
 */
import type { Flag, FlagType } from "../command/flags.ts";

export interface BuildEnvField {
  readonly flag: Flag;
  readonly environments: readonly string[];
  /** Path below the environment's section. */
  readonly path: readonly string[];
}

function field(name: string, type: FlagType, environments: readonly string[], path: readonly string[] = [name]) {
  const flag: Flag = {
    name,
    type,
    ...(type === "tristate" ? {} : { value: type === "int" ? "N" : "TEXT" }),
    help: `${path.join(".")} of ${environments.join(", ")}`,
  };
  return { flag, environments, path } satisfies BuildEnvField;
}

export const buildEnvFields: readonly BuildEnvField[] = [
  field("push", "tristate", ["local"]),
  field("tryImportMissing", "tristate", ["local"]),
  field("useDockerCLI", "tristate", ["local"]),
  field("useBuildkit", "tristate", ["local"]),
  field("concurrency", "int", ["local", "googleCloudBuild", "cluster"]),
  field("projectId", "string", ["googleCloudBuild"]),
  field("diskSizeGb", "int", ["googleCloudBuild"]),
  field("machineType", "string", ["googleCloudBuild"]),
  field("logging", "string", ["googleCloudBuild"]),
  field("logStreamingOption", "string", ["googleCloudBuild"]),
  field("workerPool", "string", ["googleCloudBuild"]),
  field("timeout", "string", ["googleCloudBuild", "cluster"]),
  field("pullSecretPath", "string", ["cluster"]),
  field("pullSecretName", "string", ["cluster"]),
  field("pullSecretMountPath", "string", ["cluster"]),
  field("namespace", "string", ["cluster"]),
  field("dockerConfigPath", "string", ["cluster"], ["dockerConfig", "path"]),
  field("dockerConfigSecretName", "string", ["cluster"], ["dockerConfig", "secretName"]),
  field("serviceAccount", "string", ["cluster"]),
  field("runAsUser", "int", ["cluster"]),
  field("randomPullSecret", "tristate", ["cluster"]),
  field("randomDockerConfigSecret", "tristate", ["cluster"]),
];
