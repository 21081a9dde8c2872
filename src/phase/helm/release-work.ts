/** The inputs, outputs and ids of the tasks of Helm releases. */

import { resolve } from "node:path";
import type { Cluster } from "../../cluster/cluster.ts";
import type { Templated } from "../../config/project.ts";
import type { HelmFlags, Release } from "../../config/release.ts";
import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import type { HelmConnection, ReleaseSpec } from "../../deploy/helm/arguments.ts";
import type { HelmDriver, History } from "../../deploy/helm/history.ts";
import { imageVariables, type NamedReference } from "../../deploy/helm/image-values.ts";
import type { HookFacts } from "../../deploy/hooks/host-hook.ts";
import type { Selectors } from "../../deploy/manifests/transformable.ts";
import type { JsonRecord } from "../../std/data/json.ts";
import type { WaitLimits } from "../deploy/deploy-work.ts";

/** Settings that the releases of one cluster have in common. */
export interface ReleaseWork {
  /** The context's name; undefined where the project has one cluster. */
  readonly scope?: string;
  /** Names in charts; each has a task `deliver:<image>`. */
  readonly images: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly selectors?: Selectors;
  /** `-n`, where it was given. */
  readonly namespace?: string;
  readonly kubeconfig?: string;
  readonly driver: HelmDriver;
  /** Whether pending releases are continued, whoever began them, and helm replaces objects that it cannot change. */
  readonly force: boolean;
  readonly wait: WaitLimits;
  /** Once per process: hooks run at every start. */
  readonly session: string;
  readonly facts: HookFacts;
  /** The command with which helm can start this program. */
  readonly program: readonly string[];
  expand(template: Templated, variables: Readonly<Record<string, string>>): string;
  seal(value: string): string;
  target(): Promise<DeployTarget>;
}

/** A release of one module. */
export interface ModuleRelease {
  readonly module: string;
  readonly release: Release;
  readonly flags: HelmFlags;
}

/** A module's release. */
export type ReleaseOfModule = ModuleRelease & {
  /** Whether its workloads are waited for. */
  readonly statusCheck: boolean;
  /** How many releases of the module run at once; 0: no limit. */
  readonly concurrency: number;
};

export type ReleaseOutput = { readonly revision: number; readonly uid: string; readonly namespace: string };

/** The history of one release in the cluster; `null` where there is none. */
export type HistoryOutput = Readonly<Record<string, History | null>>;
export type ChartOutput = { readonly files: JsonRecord; readonly values: JsonRecord };
export type HelmOutput = { readonly version: string };

export function releaseIds(scope: string | undefined) {
  const scoped = (id: string) => (scope === undefined ? id : `${id}@${scope}`);
  return {
    program: scoped("program:helm"),
    helm: scoped("helm"),
    needs: (name: string) => scoped(`chart-needs:${name}`),
    dependencies: (name: string) => scoped(`chart-dependencies:${name}`),
    chart: (name: string) => scoped(`chart:${name}`),
    history: scoped("releases"),
    release: (name: string) => scoped(`release:${name}`),
    images: (name: string) => scoped(`chart-images:${name}`),
    objects: (name: string) => scoped(`release-objects:${name}`),
    live: (name: string) => scoped(`release-live:${name}`),
    hooks: (module: string) => scoped(`release-hooks:${module}`),
    ends: (module: string) => scoped(`release-ends:${module}`),
    hook: (module: string, name: string) => scoped(`hook:${module}/helm/${name}`),
  } as const;
}

/** How helm reaches the cluster of the releases. In a pod of the cluster helm finds it by itself. */
export function connectionTo(
  { kubeconfig }: Pick<ReleaseWork, "kubeconfig">,
  { context }: Pick<Cluster, "context">,
  flags: HelmConnection["flags"] = [],
): HelmConnection {
  return { context: context === "in-cluster" ? undefined : context, kubeconfig, flags };
}

export function namespaceOf(work: ReleaseWork, { namespace }: Release, target: DeployTarget): string {
  return work.namespace ?? namespace ?? target.namespace;
}

/** A release with its templates expanded. Its namespace is empty where none is named, which means the cluster's own. */
export function expandRelease(
  work: Pick<ReleaseWork, "namespace" | "expand" | "force">,
  release: Release,
  images: readonly NamedReference[],
): ReleaseSpec {
  const variables = imageVariables(images);
  const expand = (template: Templated) => work.expand(template, variables);
  const { chart, name } = release;
  const namespace = work.namespace ?? release.namespace ?? "";
  return {
    name,
    chart: chart.kind === "local" ? chart.path : chart.name,
    namespace,
    ...(chart.version === undefined ? {} : { version: chart.version }),
    ...(chart.kind === "remote" && chart.repo !== undefined ? { repo: chart.repo } : {}),
    set: release.setValues,
    setFiles: release.setFiles,
    setTemplates: release.setValueTemplates.map(([key, value]) => [expand(key), expand(value)] as const),
    valuesFiles: release.valuesFiles.map((file) => resolve(release.directory, expand(file))),
    createNamespace: release.createNamespace,
    wait: release.wait,
    recreatePods: release.recreatePods,
    useHelmSecrets: release.useHelmSecrets,
    force: work.force,
  };
}
