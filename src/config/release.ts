/** Helm releases of a module as the rest of the program takes them: paths absolute, what needs no image expanded. */
import type { Place } from "../diag/diagnostic.ts";
import type { Json } from "../std/data/json.ts";
import type { Hooks, Templated } from "./project.ts";

export interface Release {
  readonly name: string;
  readonly chart: ReleaseChart;
  /** Absent: that of the command line, else the context's. */
  readonly namespace?: string;
  /** Paths relative to `directory`, or absolute; templates that see the images. */
  readonly valuesFiles: readonly Templated[];
  /** Dotted keys and their texts, by key. */
  readonly setValues: readonly (readonly [key: string, value: string])[];
  /** The same with templates in both, which see the images. */
  readonly setValueTemplates: readonly (readonly [key: Templated, value: Templated])[];
  /** Key -> absolute path of the file whose text is the value. */
  readonly setFiles: readonly (readonly [key: string, path: string])[];
  readonly overrides?: Json;
  readonly createNamespace: boolean;
  readonly wait: boolean;
  readonly recreatePods: boolean;
  readonly skipBuildDependencies: boolean;
  /** Of templates alone. */
  readonly skipTests: boolean;
  readonly useHelmSecrets: boolean;
  /** False: an installed release is left as it is. */
  readonly upgradeOnChange: boolean;
  readonly packaged?: { readonly version?: Templated; readonly appVersion?: Templated };
  /** Names of releases of the project that come first. */
  readonly dependsOn: readonly string[];
  /** What relative paths are relative to. */
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
  /** Releases at a time; 0 is no limit. */
  readonly concurrency: number;
  readonly hooks: Hooks;
}
