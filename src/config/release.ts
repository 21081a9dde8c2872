/**
 * Helm releases of a module for the rest of the program: paths are absolute, and templates that need no image are
 * expanded.
 */
import type { Place } from "../diag/diagnostic.ts";
import type { Json } from "../std/data/json.ts";
import type { Hooks, Templated } from "./project.ts";

export interface Release {
  readonly name: string;
  readonly chart: ReleaseChart;
  /** Absent: the namespace of the command line, else the context's. */
  readonly namespace?: string;
  /** Paths relative to `directory`, or absolute. Their templates may use the images. */
  readonly valuesFiles: readonly Templated[];
  /** Dotted keys and their texts, by key. */
  readonly setValues: readonly (readonly [key: string, value: string])[];
  /** Dotted keys and their texts. Templates in both may use the images. */
  readonly setValueTemplates: readonly (readonly [key: Templated, value: Templated])[];
  /** Key -> absolute path of the file whose text is the value. */
  readonly setFiles: readonly (readonly [key: string, path: string])[];
  readonly overrides?: Json;
  readonly createNamespace: boolean;
  readonly wait: boolean;
  readonly recreatePods: boolean;
  readonly skipBuildDependencies: boolean;
  /** Applies to `helm template` only. */
  readonly skipTests: boolean;
  readonly useHelmSecrets: boolean;
  /** False: an installed release is not upgraded. */
  readonly upgradeOnChange: boolean;
  readonly packaged?: { readonly version?: Templated; readonly appVersion?: Templated };
  /** Names of releases of the project that are installed before this one. */
  readonly dependsOn: readonly string[];
  /** Absolute path that relative paths of the release are relative to. */
  readonly directory: string;
  readonly at: Place;
}

export type ReleaseChart =
  | {
      readonly kind: "local" /** A folder or an archive, absolute. */;
      readonly path: string;
      readonly version?: string;
    }
  | {
      readonly kind: "remote";
      /** `name`, `repo/name`, or an `oci://` address. */
      readonly name: string;
      readonly repo?: string;
      readonly version?: string;
    };

export interface HelmFlags {
  readonly global: readonly string[];
  readonly install: readonly string[];
  readonly upgrade: readonly string[];
  readonly depBuild: readonly string[];
  readonly template: readonly string[];
}

export interface HelmDeploy {
  readonly releases: readonly Release[];
  readonly flags: HelmFlags;
  /** How many releases are installed at the same time; 0 is no limit. */
  readonly concurrency: number;
  readonly hooks: Hooks;
}

/** `manifests.helm`. */
export type RenderedHelm = Pick<HelmDeploy, "releases" | "flags">;
