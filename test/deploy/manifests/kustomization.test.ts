/** The edges of what a kustomization is made of: files that may come, what is fetched, circles, texts that are no YAML. */
import { expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { kustomizationFiles } from "../../../src/deploy/manifests/kustomization.ts";
import { configFolder } from "../../rig/config-files.ts";

test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
  ["a folder without a kustomization", {}, ["Kustomization", "kustomization.yaml", "kustomization.yml"]],
  [
    "named, and not there yet",
    { "kustomization.yaml": "resources: [a.yaml, b, ../c]\n" },
    ["../c", "a.yaml", "b", "kustomization.yaml"],
  ],
  [
    "a base whose kustomization is not there yet",
    { "kustomization.yaml": "resources: [base]\n", "base/x.yaml": "" },
    ["base/Kustomization", "base/kustomization.yaml", "base/kustomization.yml", "kustomization.yaml"],
  ],
  [
    "fetched",
    {
      "kustomization.yaml":
        "resources: [https://h/x.yaml, 'git@h:x/y', 'h.io/x/y//z?ref=v1', 'h.io/x.git', x.github.yaml]\n",
    },
    ["kustomization.yaml", "x.github.yaml"],
  ],
  [
    "folders in a circle",
    { "kustomization.yaml": "resources: [a]\n", "a/kustomization.yaml": "resources: [../a, .., '']\n" },
    ["a/kustomization.yaml", "kustomization.yaml"],
  ],
  ["no YAML", { "kustomization.yaml": "resources: [a\n" }, ["kustomization.yaml"]],
  ["no map", { "kustomization.yaml": "- a\n" }, ["kustomization.yaml"]],
  [
    "fields of another shape",
    { "kustomization.yaml": "resources: a.yaml\npatches: [x, {path: [p]}]\nhelmCharts: {a: b}\nopenapi: []\n" },
    ["a.yaml", "kustomization.yaml", "p"],
  ],
  [
    "charts",
    {
      "kustomization.yaml":
        "helmGlobals: {chartHome: my}\nhelmCharts: [{name: web, valuesFile: v.yaml, additionalValuesFiles: [w.yaml]}, {name: far}]\n",
      "my/web/Chart.yaml": "",
      "my/web/templates/web.yaml": "",
      "my/other/Chart.yaml": "",
    },
    ["kustomization.yaml", "my/far/Chart.yaml", "my/web/Chart.yaml", "my/web/templates/web.yaml", "v.yaml", "w.yaml"],
  ],
  [
    "charts whose names are paths",
    {
      "kustomization.yaml": `helmCharts: [{name: ..}, {name: ../..}, {name: /etc}, {name: .}, {name: ''}, {name: a/b}]\n`,
      "Chart.yaml": "",
      "charts/Chart.yaml": "",
      "charts/a/b/Chart.yaml": "",
    },
    ["kustomization.yaml"],
  ],
  [
    "a folder of charts that is none",
    { "kustomization.yaml": "helmGlobals: {chartHome: .}\nhelmCharts: [{name: src}]\n", "src/secret": "" },
    ["kustomization.yaml", "src/Chart.yaml"],
  ],
])("%s", (_what, files, expected) => {
  using made = configFolder({ "k8s/keep": "", ...prefixed(files) });
  const folder = join(made.folder, "k8s");
  expect(kustomizationFiles(folder).map((path) => relative(folder, path))).toEqual([...expected]);
});

test("charts elsewhere in the project are walked, those outside are not, however they are reached", () => {
  using outside = configFolder({ "web/Chart.yaml": "", "web/secret": "", "other/secret": "" });
  using made = configFolder({
    "skaffold.yaml": "",
    "charts/near/Chart.yaml": "",
    "charts/near/templates/a.yaml": "",
    "k8s/up/kustomization.yaml": "helmGlobals: {chartHome: ../../charts}\nhelmCharts: [{name: near}, {name: linked}]\n",
    "k8s/out/kustomization.yaml": `helmGlobals: {chartHome: ${outside.folder}}\nhelmCharts: [{name: web}]\n`,
    "k8s/rel/kustomization.yaml": `helmGlobals: {chartHome: ${"../".repeat(20)}${outside.folder}}\nhelmCharts: [{name: web}]\n`,
  });
  symlinkSync(join(outside.folder, "web"), join(made.folder, "charts/linked"));
  symlinkSync(join(outside.folder, "other"), join(made.folder, "charts/near/other"));
  symlinkSync("/", join(made.folder, "charts/near/root"));
  const found = (folder: string) =>
    kustomizationFiles(join(made.folder, folder)).map((path) => relative(made.folder, path));
  expect(found("k8s/up")).toEqual([
    "charts/near/Chart.yaml",
    "charts/near/templates/a.yaml",
    "k8s/up/kustomization.yaml",
  ]);
  expect(found("k8s/out")).toEqual(["k8s/out/kustomization.yaml"]);
  expect(found("k8s/rel")).toEqual(["k8s/rel/kustomization.yaml"]);
});

function prefixed(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`k8s/${path}`, text]));
}

test.each([
  ...[
    "resources",
    "bases",
    "components",
    "configurations",
    "crds",
    "generators",
    "transformers",
    "validators",
    "patchesStrategicMerge",
  ].map((field) => [field, `${field}: [f.yaml]`]),
  ...["patches", "patchesJson6902", "replacements"].map((field) => [field, `${field}: [{path: f.yaml}]`]),
  ["files of a ConfigMap", "configMapGenerator: [{name: a, files: [f.yaml]}]"],
  ["files of a ConfigMap under another key", "configMapGenerator: [{name: a, files: [key=f.yaml]}]"],
  ["variables of a ConfigMap", "configMapGenerator: [{name: a, envs: [f.yaml]}]"],
  ["one file of variables", "configMapGenerator: [{name: a, env: f.yaml}]"],
  ["files of a Secret", "secretGenerator: [{name: a, files: [f.yaml]}]"],
  ["a schema", "openapi: {path: f.yaml}"],
])("a file counts where it is named below %s", (_field, text) => {
  using made = configFolder({ "kustomization.yaml": `${text}\n` });
  expect(kustomizationFiles(made.folder).map((path) => relative(made.folder, path))).toEqual([
    "f.yaml",
    "kustomization.yaml",
  ]);
});

test("a patch that is written in place names no file", () => {
  using made = configFolder({
    "kustomization.yaml": "patchesStrategicMerge:\n- |\n  kind: X\n  metadata: {name: a}\n",
  });
  expect(kustomizationFiles(made.folder).map((path) => relative(made.folder, path))).toEqual(["kustomization.yaml"]);
});
