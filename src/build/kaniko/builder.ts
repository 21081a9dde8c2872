/** The kaniko builder: Dockerfile artifacts by an executor in a pod of the cluster. */
import { Failure } from "../../diag/failure.ts";
import type { ArtifactSetting, Builder } from "../builder.ts";
import { buildKaniko } from "./build.ts";
import { inspectKaniko } from "./inspect.ts";
import { SecretHolds } from "./secrets.ts";
import { kanikoFiles, kanikoSection } from "./section.ts";
import { kanikoSpec } from "./spec.ts";

export function kanikoBuilder(): Builder {
  const secrets = new SecretHolds();
  return {
    name: "kaniko",
    readsRequired: "registry",
    needsEngine: () => false,
    namedFiles: kanikoFiles,
    work(setting) {
      const { artifact, repository } = setting;
      const section = kanikoSection(artifact);
      const cluster = clusterOf(setting);
      const unbuilt = Object.fromEntries(artifact.requires.map(({ alias }) => [alias, null]));
      return {
        async inspect(signal) {
          signal.throwIfAborted();
          return inspectKaniko(section, (tag) => kanikoSpec(section, cluster, setting, tag, unbuilt));
        },
        build(request, signal, emit) {
          const spec = kanikoSpec(section, cluster, setting, request.tag, request.required);
          return buildKaniko({ image: artifact.image, repository, spec, secrets }, request, signal, emit);
        },
      };
    },
  };
}

/** The configuration refuses an artifact without a cluster before anything is built. */
function clusterOf({ artifact, cluster }: ArtifactSetting) {
  if (cluster) return cluster;
  throw new Failure({
    severity: "error",
    message: "kaniko artifacts are built in the cluster only",
    at: artifact.at,
    suggestion: "write build: {cluster: {}}",
  });
}
