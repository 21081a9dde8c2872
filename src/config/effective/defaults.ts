/** What holds although no line says so, written where a line would: the reference tool's defaults, in its words. */
import type { Json, JsonRecord } from "../../std/data/json.ts";
import { isJsonRecord } from "../../std/data/json.ts";
import type { Module } from "../project.ts";

const builders = ["docker", "bazel", "ko", "jib", "kaniko", "buildpacks", "custom"];
/** Where images are built, if not on this machine. */
const others = ["googleCloudBuild", "cluster"];

/** @param document of the module, paths absolute */
export function withDefaults(document: JsonRecord, module: Module): JsonRecord {
  const { build, deploy, portForward } = document;
  return {
    ...document,
    build: defaultBuild(record(build), module),
    deploy: defaultDeploy(record(deploy)),
    ...(portForward === undefined ? {} : { portForward: list(portForward).map(defaultForward) }),
  };
}

function defaultBuild(build: JsonRecord, module: Module): JsonRecord {
  return {
    ...build,
    ...(build.artifacts === undefined
      ? {}
      : { artifacts: list(build.artifacts).map((artifact) => defaultArtifact(record(artifact), module)) }),
    tagPolicy: build.tagPolicy ?? { gitCommit: {} },
    ...(hasOne(build, others) ? {} : { local: defaultLocal(record(build.local)) }),
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

/** What is implied for a run (`k8s/*.yaml`, the deployer kubectl) is left to the run, as the reference tool leaves it. */
function defaultDeploy(deploy: JsonRecord): JsonRecord {
  return { ...deploy, logs: { prefix: "container", ...record(deploy.logs) } };
}

/** One build at a time is the reference tool's default; devloop takes it only where it is written. */
function defaultLocal(local: JsonRecord): JsonRecord {
  return { concurrency: 1, ...local };
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
