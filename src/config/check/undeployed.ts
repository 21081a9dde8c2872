/**
 * Manifests that no run deploys. As in the reference tool, a project of one module without a deployer applies its
 * manifests, but with several modules each needs a deployer of its own. This check reports a module that lacks one,
 * because no other part would report it.
 */
import type { Diagnostic } from "../../diag/diagnostic.ts";
import type { Module } from "../project.ts";

export function checkUndeployed(modules: readonly Module[]): Diagnostic[] {
  if (modules.length < 2) return [];
  return modules.flatMap(({ deploy, manifests }) => {
    const written =
      manifests.rawYaml.find(({ isDefault }) => !isDefault) ??
      manifests.kustomizations[0] ??
      manifests.helm?.releases[0];
    if (deploy.kubectl !== undefined || written === undefined) return [];
    const message = "these manifests are not deployed: with several modules each needs a deployer of its own";
    return [{ severity: "warning", message, at: written.at, suggestion: "add deploy: {kubectl: {}} to this config" }];
  });
}
