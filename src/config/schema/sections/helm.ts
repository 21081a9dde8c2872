/** Helm releases, in the same shape under `manifests` and under `deploy`. */
import { any, bool, field, flat, group, list, object, string, stringMap, strings } from "../type.ts";

const packaged = object("HelmPackaged", {
  version: field(string, "Version of the packaged chart.", { template: "print" }),
  appVersion: field(string, "Version of the packaged program.", { template: "print" }),
});

export const helmRelease = object("HelmRelease", {
  name: field(string, "Name of the release.", { required: true, template: "error" }),
  chartPath: field(string, "Folder or archive of the chart.", { group: "chart", filepath: true, template: "error" }),
  remoteChart: field(string, "Chart in a repository or registry.", { group: "chart" }),
  valuesFiles: field(strings, "Values files; `~` is the home directory.", { filepath: true, template: "print" }),
  namespace: field(string, "Namespace of the release.", { template: "error" }),
  version: field(string, "Version of the chart.", { template: "error" }),
  setValues: field(flat, "Single values."),
  setValueTemplates: field(flat, "Single values with templates; they see the images.", { template: "print" }),
  setFiles: field(stringMap, "Values from files.", { filepath: true }),
  createNamespace: field(bool, "Create the namespace.", { keepsZero: true, fallback: "false" }),
  wait: field(bool, "Let Helm wait.", { fallback: "false" }),
  recreatePods: field(bool, "Replace pods on every upgrade.", { fallback: "false" }),
  skipBuildDependencies: field(bool, "Do not build the chart's dependencies.", { fallback: "false" }),
  skipTests: field(bool, "Leave tests out of templates.", { fallback: "false" }),
  useHelmSecrets: field(bool, "Through the secrets plugin.", { fallback: "false" }),
  repo: field(string, "Repository of the remote chart.", { template: "error" }),
  upgradeOnChange: field(bool, "Upgrade on changes.", {
    keepsZero: true,
    fallback: "true for chartPath, false for remoteChart",
  }),
  overrides: field(any, "Values of any shape."),
  packaged: field(packaged, "Package the chart first."),
  dependsOn: field(strings, "Releases that come first.", { since: "v4beta12" }),
});

export const helmFlags = group("HelmDeployFlags", {
  global: field(strings, "For every call of helm."),
  install: field(strings, "For helm install."),
  upgrade: field(strings, "For helm upgrade."),
  depBuild: field(strings, "For helm dep build.", { since: "v4beta13" }),
  template: field(strings, "For helm template.", { since: "v4beta13" }),
});

export const manifestsHelm = object("Helm", {
  flags: field(helmFlags, "Further flags."),
  releases: field(list(helmRelease), "Charts to render.", { required: true }),
});
