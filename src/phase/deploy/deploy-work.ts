/** The inputs of a deployment's tasks: made once from the configuration and the flags. */

import type { KubeObject } from "../../cluster/cluster.ts";
import type { ApplyFlags } from "../../deploy/apply/apply-flags.ts";
import type { KubectlPlace } from "../../deploy/apply/by-kubectl.ts";
import type { DeleteFlags } from "../../deploy/apply/delete-flags.ts";
import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import type { Owner } from "../../deploy/apply/owner.ts";
import type { WaitSelector } from "../../deploy/apply/wait-selectors.ts";
import type { DeployHook } from "../../deploy/hooks/deploy-hook.ts";
import type { HookFacts } from "../../deploy/hooks/host-hook.ts";
import type { Selectors } from "../../deploy/manifests/transformable.ts";
import type { Place } from "../../diag/diagnostic.ts";

export interface DeployModule {
  /** The module's stable name. */
  readonly module: string;
  readonly flags: ApplyFlags;
  /** How a clean-up deletes what is the module's; absent: as usual. */
  readonly deletion?: DeleteFlags;
  readonly defaultNamespace?: string;
  /** In running order: `lifecycleHooks` run outside of the deployer's own hooks. */
  readonly hooks: { readonly before: readonly DeployHook[]; readonly after: readonly DeployHook[] };
  /** Whether its workloads are waited for. */
  readonly statusCheck: boolean;
}

/** The work of one cluster: every module that deploys to it. */
export interface DeployWork {
  /** The context's name; undefined where the project has one cluster. */
  readonly scope?: string;
  readonly modules: readonly DeployModule[];
  /** Ids of the modules that the command is for (`-m`); absent: all of the project, including removed ones. */
  readonly chosen?: ReadonlySet<string> | undefined;
  /** Names in manifests; each has a task `deliver:<image>` whose output is `{ reference }`. */
  readonly images: readonly string[];
  /** Images that a manifest should name; one that no manifest names is reported. */
  readonly expected: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** `-n`, where it was given. */
  readonly namespace?: string;
  readonly selectors?: Selectors;
  /** Whether objects of other devloop projects and users are taken over. */
  readonly adopt: boolean;
  readonly wait: WaitLimits;
  /** Kinds that are waited for besides those with pods; absent: none. */
  readonly waitSelectors?: readonly WaitSelector[];
  /** How the user's kubectl reaches the cluster. */
  readonly kubectl?: KubectlPlace;
  /** Unique to the process; tasks that run at every start have it in their keys. */
  readonly session: string;
  readonly facts: HookFacts;
  seal(value: string): string;
  /** Opened at the first call, then the same. */
  target(): Promise<DeployTarget>;
}

export interface WaitLimits {
  readonly deadlineMs: number;
  /** Whether failures count only at the deadline. */
  readonly tolerateFailures: boolean;
}

/** One object of the project with its namespace, and images still as they were written. */
export type ProjectObject = { readonly module: string; readonly object: KubeObject; readonly at: Place };

/** `cluster`: its stable id. */
export type ObjectsOutput = {
  readonly cluster: string;
  readonly owner: Owner;
  /** Owners whose objects were taken over: the project had another name. Absent: none. */
  readonly formerOwners?: readonly Owner[];
  readonly objects: readonly ProjectObject[];
};
