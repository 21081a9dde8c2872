/**
 * The resolved project: what every other part of devloop knows of the configuration. Versions are upgraded, modules
 * loaded, profiles applied, defaults filled in and paths made absolute before one of these exists; it never changes.
 *
 * Plain data throughout, and JSON but for the sections of builders, which stay as they are written: each builder reads its
 * own. A text whose template needs variables that only exist later (an image's tag) is kept as a `Templated` with its
 * place; `templated.ts` expands it.
 */

import type { Place } from "../diag/diagnostic.ts";
import type { Json } from "../std/data/json.ts";
import type { HelmDeploy } from "./release.ts";
import type { MapNode } from "./yaml/tree.ts";

/** A text that may hold a Go template, and where it was written. */
export interface Templated {
  readonly text: string;
  readonly at: Place;
  /** All lines of the value where it spans several, the first one being `at.text`. */
  readonly lines?: readonly string[];
  /** What a missing variable is: `<no value>` in the result, or an error. */
  readonly missing: "print" | "error";
}

export interface Project {
  /** `metadata.name` of the root config's first module, else the name of its folder. */
  readonly name: string;
  /** Absolute path of the root config; `-` where it came from standard input, the address where it was fetched. */
  readonly file: string;
  /** Absolute. Relative paths of the root config are relative to it: where devloop was started. */
  readonly cwd: string;
  /** Required modules come before those that require them. */
  readonly modules: readonly Module[];
  /** Names of active profiles, in order of application, without duplicates. */
  readonly profiles: readonly string[];
  /** Absolute paths of every file that was read: a change of one means loading anew. */
  readonly files: readonly string[];
  /** Names of environment variables that were read on the way here, sorted. */
  readonly variables: readonly string[];
}

/** One document of one file. */
export interface Module {
  /** `metadata.name`, or empty. */
  readonly name: string;
  /** Unique in the project, stable between runs: the name, else the file's name and the document's number. */
  readonly id: string;
  /** Absolute. */
  readonly file: string;
  /** Where the document begins. */
  readonly at: Place;
  /** Absolute; what the relative paths of this module are relative to. */
  readonly directory: string;
  /** Active in this module, in order of application. */
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
  readonly insecureRegistries: readonly string[];
  /** `os/arch[/variant]`. */
  readonly platforms: readonly string[];
}

export interface LocalBuild {
  /** Absent: as the cluster needs it. */
  readonly push?: boolean;
  readonly tryImportMissing: boolean;
  readonly useDockerCLI: boolean;
  /** Absent: BuildKit where there is one. False: the classic builder. */
  readonly useBuildkit?: boolean;
  /** 0: every core. Absent: nobody said. */
  readonly concurrency?: number;
}

export interface Artifact {
  readonly image: string;
  /** Of the image's name. */
  readonly at: Place;
  /** Absolute directory. */
  readonly context: string;
  readonly builder: BuilderSection;
  readonly sync?: Sync;
  readonly requires: readonly ArtifactRequirement[];
  readonly hooks: HostHooks;
  readonly platforms: readonly string[];
  /** For `debug`: go, nodejs, jvm, python, netcore. */
  readonly runtimeType?: string;
}

export interface ArtifactRequirement {
  readonly image: string;
  readonly alias: string;
  readonly at: Place;
}

/** Which builder, and its section as it is written: what it means is the builder's to say. */
export interface BuilderSection {
  /** The section's name: `docker`. */
  readonly kind: string;
  /** Absent where the artifact has no builder's section, or an empty one. */
  readonly written?: MapNode;
  /** Absolute; where paths of the section may start, beside the artifact's context. */
  readonly cwd: string;
  readonly home: string;
}

/** A file that a section names and that has to be there. */
export interface NamedFile {
  /** Absolute. */
  readonly path: string;
  readonly at: Place;
  /** What to write instead, where no name nearby is like it. */
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
  /** Empty: nothing is stripped. A literal beginning of `src`. */
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
  /** 0: none. */
  readonly timeoutSeconds: number;
  readonly dependencies?: Json;
}

export interface Manifests {
  readonly rawYaml: readonly RawYaml[];
  readonly kustomizations: readonly Kustomization[];
  readonly hooks: { readonly before: readonly HostHook[]; readonly after: readonly PostRenderHook[] };
}

/** A file, a glob or an address of manifests, templates expanded. */
export interface RawYaml {
  /** Absolute path or glob (Go's `filepath.Glob`), or an address with a scheme. */
  readonly pattern: string;
  readonly kind: "path" | "address";
  /** Nobody wrote it: then it need not match anything. */
  readonly isDefault: boolean;
  /** Where it was written; of the document where nobody wrote it. */
  readonly at: Place;
}

/** What the file of a kustomization may be called, in the order in which kustomize looks for it. */
export const kustomizationNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"] as const;

/** A folder that kustomize makes manifests of. */
export interface Kustomization {
  /** Absolute; an address that kustomize itself fetches is left as it was written. */
  readonly directory: string;
  readonly kind: "path" | "address";
  /** Further arguments of `kustomize build`. */
  readonly buildArgs: readonly string[];
  readonly at: Place;
}

export interface Deploy {
  /** Absent: nothing is deployed by kubectl's way. */
  readonly kubectl?: KubectlDeploy;
  /** Absent: no release is installed. */
  readonly helm?: HelmDeploy;
  /** `deploy.lifecycleHooks`: run once before the module's first deployer and after its last. */
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
    /** Of `apply`'s items, in order; for complaints about one of them. */
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
  /** No shell. Never empty. */
  readonly command: readonly string[];
  /** Names as Go has them: linux, darwin, windows. Empty: every system. */
  readonly os: readonly string[];
  /** Absolute. */
  readonly dir: string;
  readonly at: Place;
}

/** After rendering: the manifests are its standard input, and its output replaces them with `withChange`. */
export interface PostRenderHook extends HostHook {
  readonly withChange: boolean;
}

/** A command in containers of the cluster. In a sync hook there is no `podName`: the synced containers are meant. */
export interface ContainerHook {
  readonly kind: "container";
  readonly command: readonly string[];
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
  /** Templates expanded. Absent: where devloop deploys to. */
  readonly namespace?: string;
  /** A number or the name of a port. */
  readonly port: number | string;
  readonly address: string;
  /** Absent: the port where it is a number, else any. */
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
