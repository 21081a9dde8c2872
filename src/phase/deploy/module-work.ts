/**
 * What the deployment of modules takes from their sections: apply flags and hooks of each, and one value for all
 * modules of a cluster where only one is possible (the namespace, the deadline). Unknown flags are refused,
 * all of them at once.
 */
import type { KubectlDeploy, Module } from "../../config/project.ts";
import { readApplyFlags } from "../../deploy/apply/apply-flags.ts";
import { readDeleteFlags } from "../../deploy/apply/delete-flags.ts";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { Failure } from "../../diag/failure.ts";
import { optional } from "../../std/data/optional.ts";
import type { DeployModule } from "./deploy-work.ts";

const usualDeadlineSeconds = 600;

/**
 * @param modules each with a `kubectl` deployer
 * @param statusCheck `--status-check`, which overrides the modules' own setting
 * @throws Failure with every unknown flag
 */
export function deployModules(modules: readonly Module[], statusCheck: boolean | undefined): DeployModule[] {
  const complaints: Diagnostic[] = [];
  const all = modules.map((module): DeployModule => {
    const { deploy } = module;
    const kubectl = deploy.kubectl as KubectlDeploy;
    const report = (diagnostic: Diagnostic) => void complaints.push(diagnostic);
    const flags = readApplyFlags(kubectl.flags, report);
    return {
      module: module.id,
      flags,
      deletion: readDeleteFlags(kubectl.flags, report),
      ...optional("defaultNamespace", kubectl.defaultNamespace),
      hooks: {
        before: [...deploy.lifecycleHooks.before, ...kubectl.hooks.before],
        after: [...kubectl.hooks.after, ...deploy.lifecycleHooks.after],
      },
      // A dry run creates no objects to wait for.
      statusCheck: flags.dryRun !== true && (statusCheck ?? deploy.statusCheck ?? true),
    };
  });
  const [first, ...more] = complaints;
  if (first) throw new Failure(first, ...more);
  return all;
}

/** The first that a module names; undefined: the kubeconfig's. */
export function defaultNamespace(modules: readonly Module[]): string | undefined {
  return modules.map(({ deploy }) => deploy.kubectl?.defaultNamespace).find((name) => name !== undefined);
}

/** The deadline for all modules: the longest that one of them sets. */
export function deadlineMs(modules: readonly Module[]): number {
  const seconds = Math.max(0, ...modules.map(({ deploy }) => deploy.statusCheckDeadlineSeconds));
  return 1000 * (seconds || usualDeadlineSeconds);
}

/**
 * @param words of `--label`
 * @throws Failure for a word that is no `key=value`
 */
export function labelsOf(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const [, key, value] = /^([^=]+)=(.*)$/.exec(word) ?? [];
      if (key === undefined || value === undefined)
        throw new Failure(`--label: ${JSON.stringify(word)} is not of the form KEY=VALUE`);
      return [key, value];
    }),
  );
}
