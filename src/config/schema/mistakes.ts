/**
 * Common mistakes that no version of the format accepts, each with the right form: fields from articles about other
 * tools, keys of other sections, values of a plausible but wrong shape. Each is an error that shows the right form.
 */
import type { Entry, Node } from "../yaml/tree.ts";
import type { ObjectType } from "./type.ts";

export interface WrongShape {
  readonly wanted: string;
  readonly write: string;
}

export const mistake = { key: wrongKey, shape: wrongShape } as const;

/** By the name of the object type, then by the key. */
export const mistakeKeys: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  SkaffoldConfig: {
    artifacts: "write it below build:",
    kubectl: "write it below deploy:",
    helm: "write it below manifests: or deploy:",
    name: "write metadata: {name: ...}",
    version: "write apiVersion:",
    tests: "write test:",
    hooks: "hooks stand in build, artifacts, manifests and deployers",
    portforward: "write portForward:",
  },
  BuildConfig: {
    kaniko: "write cluster: {} here and kaniko: {} in each artifact",
    acr: "there is no such builder any more; use local, cluster or googleCloudBuild",
    buildkit: "write local: {useBuildkit: true}",
    concurrency: "write local: {concurrency: ...}",
    push: "write local: {push: ...}",
  },
  LocalBuild: {
    skipPush: "write push: with the opposite value",
    useBuildKit: "write useBuildkit: with a small k",
  },
  Artifact: {
    imageName: "write image:",
    name: "write image:",
    workspace: "write context:",
    dockerfile: "write docker: {dockerfile: ...}",
    dockerfilePath: "write docker: {dockerfile: ...}",
    buildArgs: "write docker: {buildArgs: ...}",
    target: "write docker: {target: ...}",
    cacheFrom: "write docker: {cacheFrom: [...]}",
    buildpack: "write buildpacks:",
    jibMaven: "write jib: with project: instead of module:",
    jibGradle: "write jib:",
    plugin: "there are no plugins any more; write the builder's own key",
    dependencies: "write it below custom:, buildpacks: or ko:; Dockerfile builds find their files themselves",
  },
  DockerArtifact: {
    secret: "write secrets: [{id: ..., src: ...}]",
    context: "write it beside docker:, not below",
    dockerfilePath: "write dockerfile:",
    args: "write buildArgs:",
    platforms: "write it beside docker:, not below",
    cacheTo: "write cliFlags: [--cache-to=...]",
  },
  KanikoArtifact: {
    flags: "every flag is a field of its own now",
    noPush: "there is no such field any more",
    buildContext: "the context is always sent by devloop; leave it out",
    pullSecret: "write it below build.cluster:",
  },
  ClusterDetails: { pullSecret: "write pullSecretPath:" },
  KanikoCache: { enabled: "an empty cache: {} switches it on" },
  KoArtifact: { platforms: "write it beside ko:, not below" },
  BuildpackArtifact: { forcePull: "there is no such field any more", buildpack: "write buildpacks:" },
  SyncRule: { source: "write src:", destination: "write dest:", from: "write src:", to: "write dest:" },
  TagPolicy: { sha: "write sha256: {}", git: "write gitCommit: {}", env: "write envTemplate: {template: ...}" },
  RenderConfig: {
    manifests: "write rawYaml:",
    rawYAML: "write rawYaml:",
    raw: "write rawYaml:",
    kubectl: "write it below deploy:",
  },
  DeployConfig: {
    hooks: "write kubectl: {hooks: {before: [{host: {command: [...]}}]}}",
    manifests: "write it at the top level: manifests: {rawYaml: [...]}",
    namespace: "write kubectl: {defaultNamespace: ...}",
    name: "there is no such field any more",
  },
  KubectlDeploy: {
    manifests: "write it at the top level: manifests: {rawYaml: [...]}",
    namespace: "write defaultNamespace:",
  },
  KustomizeDeploy: {
    buildArgs: "write it at the top level: manifests: {kustomize: {buildArgs: [...]}}",
    flags: "write kubectl: {flags: ...}",
    defaultNamespace: "write kubectl: {defaultNamespace: ...}",
    hooks: "write kubectl: {hooks: ...}",
  },
  HelmRelease: {
    artifactOverrides: "write setValueTemplates: with {{.IMAGE_FULLY_QUALIFIED_...}} for each image",
    imageStrategy: "write setValueTemplates: with {{.IMAGE_REPO_...}} and {{.IMAGE_TAG_...}}",
    values: "write setValueTemplates:, or setValues: for plain values",
    valuesFilePath: "write valuesFiles: [...]",
    valueFiles: "write valuesFiles:",
    chart: "write chartPath: or remoteChart:",
    path: "write chartPath:",
    remote: "write remoteChart: instead of chartPath:",
  },
  CloudRunDeploy: { projectId: "write projectid:, all lower case", projectID: "write projectid:, all lower case" },
  PortForwardResource: { type: "write resourceType:", name: "write resourceName:", targetPort: "write port:" },
  Profile: { activations: "write activation:", activate: "write activation:", patch: "write patches:" },
  HostHook: { args: "write all of it in command: [program, argument, ...]", shell: "write command: [sh, -c, ...]" },
  RenderHookItem: { command: "write host: {command: [...]}", os: "write it below host:", dir: "write it below host:" },
  PostRenderHookItem: {
    command: "write host: {command: [...]}",
    os: "write it below host:",
    dir: "write it below host:",
    withChange: "write it below host:",
  },
  SyncHookItem: { command: "write host: {command: [...]} or container: {command: [...]}" },
  DeployHookItem: { command: "write host: {command: [...]} or container: {command: [...], podName: ...}" },
  ContainerHook: { podName: "the containers that were synced to are meant; leave it out" },
};

function wrongKey(type: ObjectType, key: string): string | undefined {
  const of = mistakeKeys[type.name];
  const known = of && Object.hasOwn(of, key) ? of[key] : undefined;
  if (known !== undefined) return known;
  if (type.name === "HostHook" && (key === "host" || key === "container"))
    return "write command:, os: and dir: here, without the wrapper";
  return undefined;
}

/** Mistakes whose right form cannot be derived from the type alone. */
function wrongShape(type: ObjectType, key: string, { node }: Entry): WrongShape | undefined {
  if (key === "command" && isText(node) && type.fields.command?.type.kind === "list")
    return { wanted: "a list", write: `write ["sh", "-c", ${JSON.stringify(textOf(node))}]` };
  if (type.name === "Sync" && key === "infer" && node.kind === "scalar" && node.value === true)
    return { wanted: "a list", write: 'write ["**/*"]' };
  if (type.name === "Sync" && key === "auto" && node.kind === "map")
    return { wanted: "true or false", write: "write auto: true" };
  if (type.name === "PortForwardResource" && key === "localPort" && node.kind === "scalar" && node.quoted)
    return { wanted: "a whole number", write: "take the quotes off" };
  if (type.name === "BuildpackArtifact" && key === "env" && isNameValueList(node))
    return { wanted: "texts", write: "write a list of NAME=value texts" };
  return undefined;
}

function isText(node: Node): boolean {
  return node.kind === "scalar" && node.value !== null;
}

function textOf(node: Node): string {
  return node.kind === "scalar" ? node.text : "";
}

function isNameValueList(node: Node): boolean {
  return node.kind === "list" && node.items.some((item) => item.kind === "map");
}
