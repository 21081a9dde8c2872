/**
 * The resolved project: everything that the rest of devloop knows of the configuration. Before a Project exists,
 * versions are upgraded, modules loaded, profiles applied, defaults filled in and paths made absolute; it never
 * changes.
 * A Project is plain data, and JSON apart from the sections of builders, which each builder reads itself. A text whose
 * template needs variables that only exist later (an image's tag) is kept as a `Templated` with its place;
 * `templated.ts` expands it.
 */

import type { Place } from "../diag/diagnostic.ts";
import type { Json } from "../std/data/json.ts";
import type { HelmDeploy, RenderedHelm } from "./release.ts";
import type { MapNode } from "./yaml/tree.ts";

/** A text that may hold a Go template, and its place in the file. */
export interface Templated {
  readonly text: string;
  readonly at: Place;
  /** All lines of the value where it has several; the first one is `at.text`. */
  readonly lines?: readonly string[];
  /** What a missing variable becomes: `<no value>` in the text, or an error. */
  readonly missing: "print" | "error";
}

export interface Project {
  /** `metadata.name` of the root config's first module, else the name of its folder. */
  readonly name: string;
  /** Absolute path of the root config; `-` where it came from standard input, the address where it was fetched. */
  readonly file: string;
  /** Absolute path of the folder where devloop was started. Relative paths of the root config are relative to it. */
  readonly cwd: string;
  /** Required modules come before those that require them. */
  readonly modules: readonly Module[];
  /** Names of active profiles, in order of application, without duplicates. */
  readonly profiles: readonly string[];
  /** Absolute paths of every file that was read. A change of one of them requires loading the project again. */
  readonly files: readonly string[];
  /** Names of environment variables that were read while loading, sorted. */
  readonly variables: readonly string[];
}

/** One document of one file. */
export interface Module {
  /** `metadata.name`, or empty. */
  readonly name: string;
  /** Unique in the project and stable between runs: the name, else the file's name and the document's number. */
  readonly id: string;
  /** Absolute path. */
  readonly file: string;
  /** The begin of the document. */
  readonly at: Place;
  /** Absolute path of the folder that relative paths of this module are relative to. */
  readonly directory: string;
  /** Profiles active in this module, in order of application. */
  readonly profiles: readonly string[];
  readonly artifacts: readonly Artifact[];
  readonly build: BuildSettings;
  readonly tagPolicy: TagPolicy;
  readonly tests: readonly Test[];
  readonly manifests: Manifests;
  readonly deploy: Deploy;
  readonly portForward: readonly PortForward[];
  readonly resourceSelector: ResourceSelector;
}

export interface BuildSettings {
  readonly hooks: HostHooks;
  readonly local: LocalBuild;
  /** Absent: images are built on this machine. */
  readonly cluster?: ClusterBuild;
  readonly insecureRegistries: readonly string[];
  /** `os/arch[/variant]`. */
  readonly platforms: readonly string[];
}

export interface LocalBuild {
  /** Absent: decided by the kind of cluster. */
  readonly push?: boolean;
  readonly tryImportMissing: boolean;
  readonly useDockerCLI: boolean;
  /** Absent: BuildKit where the engine has it. False: the classic builder. */
  readonly useBuildkit?: boolean;
  /** 0: every core. Absent: the config does not say. */
  readonly concurrency?: number;
}

/** `build.cluster`: images are built by pods of the cluster that the module deploys to. */
export interface ClusterBuild {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  /** Absolute; the pull secret is made from this file. Absent: a pull secret that is named has to be there. */
  readonly pullSecretPath?: string;
  /** Absent: the pods have no pull secret. */
  readonly pullSecretName?: string;
  /** Absolute path in the pods. */
  readonly pullSecretMountPath: string;
  /** Absent: the kubeconfig's. */
  readonly namespace?: string;
  /** A Go duration, as it is written. */
  readonly timeout: string;
  /** `path` is absolute; absent: the secret has to be there. */
  readonly dockerConfig?: { readonly path?: string; readonly secretName: string };
  readonly serviceAccount?: string;
  /** As Kubernetes spells them; so are `volumes`. */
  readonly tolerations: readonly Json[];
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly runAsUser?: number;
  /** By Kubernetes' names of resources; absent: none are written. */
  readonly resources?: Readonly<Partial<Record<"requests" | "limits", Readonly<Record<string, string>>>>>;
  /** 0: no limit. */
  readonly concurrency: number;
  readonly volumes: readonly Json[];
  readonly randomPullSecret: boolean;
  readonly randomDockerConfigSecret: boolean;
  /** The place of `timeout`, or of the section where it has none. */
  readonly at: Place;
}

export interface Artifact {
  readonly image: string;
  /** The place of the image's name. */
  readonly at: Place;
  /** Absolute directory. */
  readonly context: string;
  readonly builder: BuilderSection;
  readonly sync?: Sync;
  readonly requires: readonly ArtifactRequirement[];
  readonly hooks: HostHooks;
  readonly platforms: readonly string[];
  /** Runtime for `debug`: go, nodejs, jvm, python, netcore. */
  readonly runtimeType?: string;
}

export interface ArtifactRequirement {
  readonly image: string;
  readonly alias: string;
  readonly at: Place;
}

/** An artifact's builder and its section of the config as written; the builder itself reads the section. */
export interface BuilderSection {
  /** The section's name: `docker`. */
  readonly kind: string;
  /** Absent where the artifact has no builder's section, or an empty one. */
  readonly written?: MapNode;
  /** Absolute path; paths of the section may be relative to it instead of the artifact's context. */
  readonly cwd: string;
  readonly home: string;
}

/** A file that a section names and that must exist. */
export interface NamedFile {
  /** Absolute. */
  readonly path: string;
  readonly at: Place;
  /** The suggestion of the diagnostic where no name in the folder is similar. */
  readonly suggestion: string;
}

/** Exactly one way of syncing, and the hooks around it. */
export type Sync = SyncWay & { readonly hooks: Hooks; readonly at: Place };
export type SyncWay =
  | { readonly kind: "manual"; readonly rules: readonly SyncRule[] }
  | { readonly kind: "infer"; readonly patterns: readonly SyncPattern[] }
  | { readonly kind: "auto"; readonly on: boolean };

/** A glob relative to the context. */
export interface SyncPattern {
  readonly pattern: string;
  readonly at: Place;
}

export interface SyncRule {
  /** A glob relative to the context. */
  readonly src: string;
  readonly dest: string;
  /** A literal beginning of `src` that is removed from the destination. Empty: nothing is removed. */
  readonly strip: string;
  readonly at: Place;
}

export type TagPolicy =
  | { readonly kind: "sha256" }
  | { readonly kind: "inputDigest" }
  | GitCommitPolicy
  | { readonly kind: "envTemplate"; readonly template: Templated; readonly at: Place }
  | { readonly kind: "dateTime"; readonly format: string; readonly timezone: string }
  | {
      readonly kind: "customTemplate";
      readonly template: Templated;
      readonly components: readonly { readonly name: string; readonly policy: TagPolicy }[];
      readonly at: Place;
    };

export interface GitCommitPolicy {
  readonly kind: "gitCommit";
  readonly variant: "Tags" | "CommitSha" | "AbbrevCommitSha" | "TreeSha" | "AbbrevTreeSha" | "Branches";
  readonly prefix: string;
  readonly ignoreChanges: boolean;
}

export interface Test {
  readonly image: string;
  /** Absolute directory. */
  readonly context: string;
  readonly custom: readonly CustomTest[];
  /** Absolute globs. */
  readonly structureTests: readonly string[];
  readonly structureTestsArgs: readonly string[];
  readonly at: Place;
}

export interface CustomTest {
  readonly command: Templated;
  /** 0: no limit. */
  readonly timeoutSeconds: number;
  readonly dependencies?: Json;
}

export interface Manifests {
  readonly rawYaml: readonly RawYaml[];
  readonly kustomizations: readonly Kustomization[];
  /** Releases that are rendered and applied, not installed. Absent where there are none, or where `deploy.helm` installs them. */
  readonly helm?: RenderedHelm;
  readonly hooks: { readonly before: readonly HostHook[]; readonly after: readonly PostRenderHook[] };
}

/** A file, a glob or an address of manifests, with templates expanded. */
export interface RawYaml {
  /** Absolute path or glob (Go's `filepath.Glob`), or an address with a scheme. */
  readonly pattern: string;
  readonly kind: "path" | "address";
  /** True for the default pattern, which may match nothing. */
  readonly isDefault: boolean;
  /** The place of the pattern; the document's place for the default. */
  readonly at: Place;
}

/** Names of a kustomization's file, in the order in which kustomize tries them. */
export const kustomizationNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"] as const;

/** A folder that kustomize renders. */
export interface Kustomization {
  /** Absolute path; an address that kustomize itself fetches stays as it was written. */
  readonly directory: string;
  readonly kind: "path" | "address";
  /** Further arguments of `kustomize build`. */
  readonly buildArgs: readonly string[];
  readonly at: Place;
}

export interface Deploy {
  /** Absent: no manifest is applied in kubectl's way. */
  readonly kubectl?: KubectlDeploy;
  /** Absent: no release is installed. */
  readonly helm?: HelmDeploy;
  /** `deploy.lifecycleHooks`: run once before the module's first deployer and once after its last. */
  readonly lifecycleHooks: HostHooks;
  readonly kubeContext?: string;
  /** Absent: on, unless a flag says otherwise. */
  readonly statusCheck?: boolean;
  /** 0: the default. */
  readonly statusCheckDeadlineSeconds: number;
  readonly tolerateFailuresUntilDeadline: boolean;
  readonly logs: { readonly prefix: LogPrefix; readonly jsonFields: readonly string[] };
}

export const logPrefixes = ["container", "podAndContainer", "auto", "none"] as const;
export type LogPrefix = (typeof logPrefixes)[number];

export interface KubectlDeploy {
  readonly flags: {
    readonly global: readonly string[];
    readonly apply: readonly string[];
    readonly delete: readonly string[];
    readonly disableValidation: boolean;
    /** Places of `apply`'s items, in order; diagnostics about one item use them. */
    readonly applyAt: readonly Place[];
  };
  /** Templates expanded. */
  readonly defaultNamespace?: string;
  readonly hooks: Hooks;
}

export interface HostHooks {
  readonly before: readonly HostHook[];
  readonly after: readonly HostHook[];
}

export interface Hooks {
  readonly before: readonly Hook[];
  readonly after: readonly Hook[];
}

export type Hook = HostHook | ContainerHook;

/** A command on this machine. */
export interface HostHook {
  readonly kind: "host";
  /** The program and its arguments, run without a shell. Never empty. */
  readonly command: readonly string[];
  /** Go's names of operating systems: linux, darwin, windows. Empty: every system. */
  readonly os: readonly string[];
  /** Absolute. */
  readonly dir: string;
  readonly at: Place;
}

/** A hook after rendering. The manifests are its standard input; with `withChange` its output replaces them. */
export interface PostRenderHook extends HostHook {
  readonly withChange: boolean;
}

/** A command in containers of the cluster. A sync hook has no `podName`, because it runs in the synced containers. */
export interface ContainerHook {
  readonly kind: "container";
  /** Never empty. */
  readonly command: readonly string[];
  /** Patterns; absent: every pod, every container. */
  readonly podName?: string;
  readonly containerName?: string;
  readonly at: Place;
}

export const forwardTypes = [
  "service",
  "pod",
  "deployment",
  "replicaset",
  "replicationcontroller",
  "statefulset",
  "daemonset",
  "job",
  "cronjob",
  "container",
] as const;
export type ForwardType = (typeof forwardTypes)[number];

export interface PortForward {
  readonly resourceType: ForwardType;
  /** Templates expanded. */
  readonly resourceName: string;
  /** Templates expanded. Absent: the namespace that devloop deploys to. */
  readonly namespace?: string;
  /** The number or the name of a port. */
  readonly port: number | string;
  readonly address: string;
  /** Absent: the same number as `port`, or any free port where `port` is a name. */
  readonly localPort?: number;
  readonly at: Place;
}

export interface ResourceSelector {
  readonly allow: readonly ResourceFilter[];
  readonly deny: readonly ResourceFilter[];
}

export interface ResourceFilter {
  readonly groupKind: string;
  readonly image: readonly string[];
  readonly labels: readonly string[];
  readonly podSpec: readonly string[];
}
