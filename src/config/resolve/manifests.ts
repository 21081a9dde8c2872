/** Resolves the sources of manifests. `k8s/*.yaml` is implied where a run of one module names no source of any kind. */
import type { Diagnostic } from "../../diag/diagnostic.ts";
import type { Manifests, RawYaml } from "../project.ts";
import type { config } from "../schema/sections/config.ts";
import type { View } from "../schema/view.ts";
import { placeOf } from "../yaml/tree.ts";
import { resolveRenderedHelm } from "./helm.ts";
import { resolveRenderHooks } from "./hooks.ts";
import { resolveKustomizations } from "./kustomize.ts";
import { absolutePath, expandNow, isAddress, type Scope } from "./scope.ts";

const defaultPattern = "k8s/*.yaml";
const sources = ["rawYaml", "remoteManifests", "kustomize", "helm", "kpt"] as const;
const selfContained = ["helm", "docker", "cloudrun", "kustomize"] as const;

export function resolveManifests(
  root: View<(typeof config)["fields"]>,
  at: Diagnostic["at"] & object,
  scope: Scope,
): Manifests {
  const view = root.object("manifests");
  const rawYaml: RawYaml[] = [];
  for (const node of view?.scalars("rawYaml") ?? []) {
    const text = expandNow(node, "print", scope);
    if (text !== undefined) rawYaml.push(rawYamlOf(text, placeOf(node), scope));
  }
  const named =
    sources.some((source) => view?.has(source)) ||
    selfContained.some((deployer) => root.object("deploy")?.has(deployer));
  if (scope.alone && !named) rawYaml.push({ ...rawYamlOf(defaultPattern, at, scope), isDefault: true });
  const helm = resolveRenderedHelm(view?.object("helm"), root.object("deploy"), scope);
  return {
    rawYaml,
    kustomizations: resolveKustomizations(root, scope),
    ...(helm === undefined ? {} : { helm }),
    hooks: resolveRenderHooks(view?.object("hooks"), scope),
  };
}

function rawYamlOf(text: string, at: RawYaml["at"], scope: Scope): RawYaml {
  return {
    pattern: absolutePath(text, scope.directory, scope.home),
    kind: isAddress(text) ? "address" : "path",
    isDefault: false,
    at,
  };
}
