/** The Helm releases of the modules that deploy to one cluster, and what these share with the rest of the place. */
import type { Module } from "../../config/project.ts";
import type { HelmDeploy } from "../../config/release.ts";
import { driverOf } from "../../deploy/helm/history.ts";
import { optional } from "../../std/data/optional.ts";
import type { DeployWork } from "../deploy/deploy-work.ts";
import type { ModuleHooks } from "./release-hooks.ts";
import type { ReleaseOfModule, ReleaseWork } from "./release-work.ts";

/** @param statusCheck `--status-check`, which overrides the modules' own setting */
export function releasesOf(modules: readonly Module[], statusCheck: boolean | undefined): ReleaseOfModule[] {
  return modules.flatMap(({ id, deploy }) =>
    (deploy.helm?.releases ?? []).map((release) => ({
      module: id,
      release,
      flags: (deploy.helm as HelmDeploy).flags,
      concurrency: (deploy.helm as HelmDeploy).concurrency,
      statusCheck: statusCheck ?? deploy.statusCheck ?? true,
    })),
  );
}

/**
 * The hooks of every module with releases. Those around the module's whole deployment are here where nothing of the module
 * is applied after its releases.
 */
export function releaseHooksOf(modules: readonly Module[]): ModuleHooks[] {
  return modules.flatMap(({ id, deploy: { helm, kubectl, lifecycleHooks } }) => {
    if (helm === undefined || helm.releases.length === 0) return [];
    const around = kubectl === undefined ? lifecycleHooks : { before: [], after: [] };
    const { before, after } = helm.hooks;
    return [{ module: id, before: [...around.before, ...before], after: [...after, ...around.after] }];
  });
}

export interface ReleaseSettings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly kubeconfig: string | undefined;
  readonly force: boolean;
  /** The command with which helm can start this program. */
  readonly program: readonly string[];
  readonly expand: ReleaseWork["expand"];
}

/** @param work of the same place */
export function releaseWork(work: DeployWork, settings: ReleaseSettings): ReleaseWork {
  const { env, kubeconfig, force, program, expand } = settings;
  const { images, labels, wait, seal, session, facts, target } = work;
  return {
    ...optional("scope", work.scope),
    images,
    labels,
    ...optional("selectors", work.selectors),
    ...optional("namespace", work.namespace),
    ...optional("kubeconfig", kubeconfig),
    driver: driverOf(env),
    force,
    wait,
    program,
    expand,
    seal,
    session,
    facts,
    target,
  };
}
