/** The sources of manifests, and the changes made to them. */

import { field, group, list, object, string, strings } from "../type.ts";
import { manifestsHelm } from "./helm.ts";
import { renderHooks } from "./hooks.ts";

const remoteManifest = object("RemoteManifest", {
  manifest: field(string, "`[namespace:]kind/name` of an object in a cluster."),
  kubeContext: field(string, "Context of that cluster."),
});

const kustomize = object("Kustomize", {
  paths: field(strings, "Folders with a kustomization.", { filepath: true, template: "print", fallback: '["."]' }),
  buildArgs: field(strings, "Further arguments of kustomize build."),
});

const step = object("Transformer", {
  name: field(string, "Name of the function.", { required: true }),
  configMap: field(strings, "Its settings, `key:value` each."),
});

export const manifests = group("RenderConfig", {
  rawYaml: field(strings, "Files, globs or addresses of manifests.", {
    filepath: true,
    template: "print",
    fallback: "k8s/*.yaml, where a single module names no manifests at all",
  }),
  remoteManifests: field(list(remoteManifest), "Objects taken from a cluster.", { notYet: "wrong" }),
  kustomize: field(kustomize, "Manifests made by kustomize."),
  helm: field(
    manifestsHelm,
    "Manifests made by helm template; where `deploy.helm` is there, the releases that it installs.",
  ),
  kpt: field(strings, "Folders with a Kptfile.", { filepath: true, notYet: "wrong" }),
  hooks: field(renderHooks, "Commands around rendering."),
  transform: field(list(step), "Functions that change manifests.", { notYet: "wrong" }),
  validate: field(list(step), "Functions that check manifests.", { notYet: "harmless" }),
  output: field(string, "Without effect, as in the reference tool.", { notYet: "harmless" }),
});
