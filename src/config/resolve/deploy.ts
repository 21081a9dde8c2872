/** Resolves the deploy section. A run of one module without any deployer applies its manifests as kubectl does. */
import { type Deploy, type KubectlDeploy, type LogPrefix, logPrefixes } from "../project.ts";
import type { deploy as deploySchema, kubectl as kubectlSchema } from "../schema/sections/deploy.ts";
import type { View } from "../schema/view.ts";
import { placeOf } from "../yaml/tree.ts";
import { resolveHelmDeploy } from "./helm.ts";
import { noHooks, resolveDeployHooks, resolveHostHooks } from "./hooks.ts";
import { globalFlag } from "./kubectl-flags.ts";
import { expandNow, type Scope } from "./scope.ts";

type DeployView = View<(typeof deploySchema)["fields"]>;
const deployers = ["docker", "helm", "kpt", "kubectl", "cloudrun"] as const;

export function resolveDeploy(
  view: DeployView | undefined,
  manifestsHelm: Parameters<typeof resolveHelmDeploy>[1],
  scope: Scope,
): Deploy {
  const chosen = view?.object("kubectl");
  const implied = scope.alone && !deployers.some((deployer) => view?.has(deployer));
  const kubectl = chosen || implied || view?.has("kustomize") ? resolveKubectl(chosen, scope) : undefined;
  const kubeContext = globalFlag(kubectl?.flags.global ?? [], "--context") ?? view?.text("kubeContext");
  const statusCheck = view?.bool("statusCheck");
  const logs = view?.object("logs");
  const helm = resolveHelmDeploy(view, manifestsHelm, scope);
  return {
    ...(kubectl === undefined ? {} : { kubectl }),
    ...(helm === undefined ? {} : { helm }),
    lifecycleHooks: resolveHostHooks(view?.object("lifecycleHooks"), scope),
    ...(kubeContext === undefined ? {} : { kubeContext }),
    ...(statusCheck === undefined ? {} : { statusCheck }),
    statusCheckDeadlineSeconds: view?.int("statusCheckDeadlineSeconds") ?? 0,
    tolerateFailuresUntilDeadline: view?.bool("tolerateFailuresUntilDeadline") ?? false,
    logs: { prefix: logPrefix(logs?.text("prefix")), jsonFields: logs?.object("jsonParse")?.texts("fields") ?? [] },
  };
}

function logPrefix(text: string | undefined): LogPrefix {
  return logPrefixes.find((prefix) => prefix === text) ?? "container";
}

function resolveKubectl(view: View<(typeof kubectlSchema)["fields"]> | undefined, scope: Scope): KubectlDeploy {
  const flags = view?.object("flags");
  const namespace = view?.scalar("defaultNamespace");
  const written = namespace && expandNow(namespace, "print", scope);
  const defaultNamespace = globalFlag(flags?.texts("global") ?? [], "--namespace", "-n") ?? written;
  return {
    flags: {
      global: flags?.texts("global") ?? [],
      apply: flags?.texts("apply") ?? [],
      delete: flags?.texts("delete") ?? [],
      disableValidation: flags?.bool("disableValidation") ?? false,
      applyAt: flags?.scalars("apply").map(placeOf) ?? [],
    },
    ...(defaultNamespace === undefined || defaultNamespace === "" ? {} : { defaultNamespace }),
    hooks: view ? resolveDeployHooks(view.object("hooks"), scope) : noHooks,
  };
}
