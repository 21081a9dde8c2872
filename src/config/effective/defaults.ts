/** The reference tool's default values, written into a document where a line of the file would set them. */
import type { Json, JsonRecord } from "../../std/data/json.ts";
import { isJsonRecord } from "../../std/data/json.ts";
import type { Module } from "../project.ts";
import { kanikoDefaults } from "../schema/sections/kaniko.ts";

const builders = ["docker", "bazel", "ko", "jib", "kaniko", "buildpacks", "custom"];
/** Sections that build somewhere else than on this machine. */
const others = ["googleCloudBuild", "cluster"];

/** @param document of the module, with absolute paths */
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
      : {
          artifacts: list(build.artifacts).map((artifact) =>
            defaultArtifact(record(artifact), module, build.cluster === undefined ? "docker" : "kaniko"),
          ),
        }),
    tagPolicy: build.tagPolicy ?? { gitCommit: {} },
    ...(hasOne(build, others) ? {} : { local: defaultLocal(record(build.local)) }),
  };
}

function defaultArtifact(artifact: JsonRecord, { directory }: Module, usual: "docker" | "kaniko"): JsonRecord {
  const builder: JsonRecord = hasOne(artifact, builders) ? artifact : { ...artifact, [usual]: {} };
  const ofDockerfile = (section: JsonRecord): JsonRecord => ({ dockerfile: "Dockerfile", ...section });
  return {
    context: directory,
    ...builder,
    ...(isJsonRecord(builder.docker) ? { docker: ofDockerfile(builder.docker) } : {}),
    ...(isJsonRecord(builder.kaniko) ? { kaniko: { ...kanikoDefaults, ...builder.kaniko } } : {}),
    ...(builder.sync === undefined ? {} : { sync: defaultSync(record(builder.sync), builder) }),
  };
}

/** A sync section that chooses no way of syncing leaves it to a builder that can tell, or else infers all rules. */
function defaultSync(sync: JsonRecord, builder: JsonRecord): JsonRecord {
  if (hasOne(sync, ["manual", "infer", "auto"])) return sync;
  return hasOne(builder, ["buildpacks", "jib"]) ? { ...sync, auto: true } : { ...sync, infer: ["**/*"] };
}

/**
 * Writes no implied manifests (`k8s/*.yaml`) and no implied deployer, because the reference tool prints none either.
 */
function defaultDeploy(deploy: JsonRecord): JsonRecord {
  return { ...deploy, logs: { prefix: "container", ...record(deploy.logs) } };
}

/** The reference tool's default is one build at a time; devloop limits builds only where the config says so. */
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
