/** What holds although no line says so, written where a line would: the reference tool's defaults, and what is implied. */
import type { Json, JsonRecord } from "../../std/json.ts";
import { isJsonRecord } from "../../std/json.ts";
import type { Module } from "../project.ts";

const builders = ["docker", "bazel", "ko", "jib", "kaniko", "buildpacks", "custom"];
const environments = ["local", "googleCloudBuild", "cluster"];

/** @param document of the module, paths absolute */
export function withDefaults(document: JsonRecord, module: Module): JsonRecord {
  const { build, manifests, deploy, portForward } = document;
  return {
    ...document,
    build: defaultBuild(record(build), module),
    ...(manifests === undefined && !impliedManifests(module)
      ? {}
      : { manifests: defaultManifests(record(manifests), module) }),
    deploy: defaultDeploy(record(deploy), module),
    ...(portForward === undefined ? {} : { portForward: list(portForward).map(defaultForward) }),
  };
}

function defaultBuild(build: JsonRecord, module: Module): JsonRecord {
  return {
    ...build,
    ...(build.artifacts === undefined
      ? {}
      : { artifacts: list(build.artifacts).map((artifact) => defaultArtifact(record(artifact), module)) }),
    tagPolicy: defaultTagPolicy(record(build.tagPolicy ?? { gitCommit: {} })),
    ...(hasOne(build, environments) ? {} : { local: {} }),
  };
}

function defaultArtifact(artifact: JsonRecord, { directory }: Module): JsonRecord {
  const builder: JsonRecord = hasOne(artifact, builders) ? artifact : { ...artifact, docker: {} };
  const ofDockerfile = (section: JsonRecord): JsonRecord => ({ dockerfile: "Dockerfile", ...section });
  return {
    context: directory,
    ...builder,
    ...(isJsonRecord(builder.docker) ? { docker: ofDockerfile(builder.docker) } : {}),
    ...(isJsonRecord(builder.kaniko) ? { kaniko: ofDockerfile(builder.kaniko) } : {}),
    ...(builder.sync === undefined ? {} : { sync: defaultSync(record(builder.sync)) }),
  };
}

/** A section that chooses nothing means that everything is inferred. */
function defaultSync(sync: JsonRecord): JsonRecord {
  return hasOne(sync, ["manual", "infer", "auto"]) ? sync : { ...sync, infer: ["**/*"] };
}

function defaultTagPolicy(policy: JsonRecord): JsonRecord {
  if (!isJsonRecord(policy.gitCommit)) return policy;
  return { ...policy, gitCommit: { variant: "Tags", ...policy.gitCommit } };
}

function impliedManifests(module: Module): boolean {
  return module.manifests.rawYaml.some(({ isDefault }) => isDefault);
}

function defaultManifests(manifests: JsonRecord, module: Module): JsonRecord {
  if (!impliedManifests(module)) return manifests;
  return { ...manifests, rawYaml: module.manifests.rawYaml.map(({ pattern }) => pattern) };
}

function defaultDeploy(deploy: JsonRecord, module: Module): JsonRecord {
  const implied = module.deploy.kubectl !== undefined && deploy.kubectl === undefined;
  return {
    ...deploy,
    ...(implied ? { kubectl: {} } : {}),
    logs: { prefix: "container", ...record(deploy.logs) },
  };
}

function defaultForward(forward: Json): JsonRecord {
  const given = record(forward);
  const local = typeof given.port === "number" ? { localPort: given.port } : {};
  return { address: "127.0.0.1", ...local, ...given };
}

function hasOne(section: JsonRecord, names: readonly string[]): boolean {
  return names.some((name) => section[name] !== undefined);
}

function record(value: Json | undefined): JsonRecord {
  return isJsonRecord(value) ? value : {};
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
