/** What the tasks of a deployment need to know: made once by the composer from the configuration and the flags. */

import type { KubeObject } from "../../cluster/cluster.ts";
import type { ApplyFlags } from "../../deploy/apply/apply-flags.ts";
import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import type { Owner } from "../../deploy/apply/owner.ts";
import type { WaitSelector } from "../../deploy/apply/wait-selectors.ts";
import type { HookFacts, HostHook } from "../../deploy/hooks/host-hook.ts";
import type { Selectors } from "../../deploy/manifests/transformable.ts";
import type { Place } from "../../diag/diagnostic.ts";

export interface DeployModule {
  /** The module's stable name. */
  readonly module: string;
  readonly flags: ApplyFlags;
  readonly defaultNamespace?: string;
  /** In order of running: those of `lifecycleHooks` around those of the deployer. */
  readonly hooks: { readonly before: readonly HostHook[]; readonly after: readonly HostHook[] };
  /** Whether its workloads are waited for. */
  readonly statusCheck: boolean;
}

/** The work of one cluster: every module that deploys to it. */
export interface DeployWork {
  /** The context's name; undefined where the project has one cluster. */
  readonly scope?: string;
  readonly modules: readonly DeployModule[];
  /** Ids of the modules that the command is for (`-m`); absent: all of the project, also those that are gone from it. */
  readonly chosen?: ReadonlySet<string> | undefined;
  /** As manifests name them; each has a task `deliver:<image>` whose output is `{ reference }`. */
  readonly images: readonly string[];
  /** Those of them that a manifest is expected to name: one that none does is told of. */
  readonly expected: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** `-n`, where it was given. */
  readonly namespace?: string;
  readonly selectors?: Selectors;
  /** Take over objects of other devloop projects and users. */
  readonly adopt: boolean;
  readonly wait: WaitLimits;
  /** Kinds that are waited for beside those with pods; absent: none. */
  readonly waitSelectors?: readonly WaitSelector[];
  /** Once per process: what runs at every start has it in its key. */
  readonly session: string;
  readonly facts: HookFacts;
  seal(value: string): string;
  /** Opened when first asked for, then the same. */
  target(): Promise<DeployTarget>;
}

export interface WaitLimits {
  readonly deadlineMs: number;
  /** Failures count only at the deadline. */
  readonly tolerateFailures: boolean;
}

/** One object of the project where it goes, images still as they were written. */
export type ProjectObject = { readonly module: string; readonly object: KubeObject; readonly at: Place };

/** `cluster`: its stable id. */
export type ObjectsOutput = {
  readonly cluster: string;
  readonly owner: Owner;
  /** Owners whose objects were taken over: the project had another name. Absent: none. */
  readonly formerOwners?: readonly Owner[];
  readonly objects: readonly ProjectObject[];
};
