/** The edges of what a kustomization is made of: files that may come, what is fetched, circles, texts that are no YAML. */
import { expect, test } from "bun:test";
import { join, relative } from "node:path";
import { kustomizationFiles } from "../../src/deploy/kustomization.ts";
import { configFolder } from "../rig/config-files.ts";

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
    ["kustomization.yaml", "my/web/Chart.yaml", "my/web/templates/web.yaml", "v.yaml", "w.yaml"],
  ],
])("%s", (_what, files, expected) => {
  using made = configFolder({ "k8s/keep": "", ...prefixed(files) });
  const folder = join(made.folder, "k8s");
  expect(kustomizationFiles(folder).map((path) => relative(folder, path))).toEqual([...expected]);
});

function prefixed(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`k8s/${path}`, text]));
}
