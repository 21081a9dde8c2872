/** What lets something else than its files take part in a kustomization. */
import { expect, test } from "bun:test";
import { kustomizationParts } from "../../../src/deploy/manifests/kustomization.ts";
import { letsProgramsIn } from "../../../src/deploy/manifests/kustomization-outside.ts";
import { configFolder } from "../../rig/config-files.ts";

const builtin = "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: l}\nlabels: {a: b}\n";

test.each<[string, boolean, Readonly<Record<string, string>>]>([
  ["files alone", true, { "kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": "kind: A\n" }],
  [
    "generators from files, literals and env files",
    true,
    {
      "kustomization.yaml":
        "configMapGenerator: [{name: a, files: [x], literals: [k=v], options: {immutable: true}}]\nsecretGenerator: [{name: b, envs: [e.env], type: Opaque}]\n",
      "e.env": "# KEY\nKEY=value\n\nOTHER=\n",
    },
  ],
  [
    "an env file that takes a value of the environment",
    false,
    {
      "kustomization.yaml": "configMapGenerator: [{name: a, envs: [e.env]}]\n",
      "e.env": "KEY=value\n TOKEN\n",
    },
  ],
  [
    "the older field for one env file",
    false,
    {
      "kustomization.yaml": "secretGenerator: [{name: a, env: e.env}]\n",
      "e.env": "TOKEN",
    },
  ],
  [
    "a generator by command",
    false,
    { "kustomization.yaml": "secretGenerator: [{name: a, commands: {token: pass}}]\n" },
  ],
  ["a fetched base", false, { "kustomization.yaml": "resources: ['https://host/base?ref=v1']\n" }],
  [
    "a fetched file of a generator",
    false,
    { "kustomization.yaml": "configMapGenerator: [{name: a, files: [k=https://host/f]}]\n" },
  ],
  [
    "a fetched base of a base",
    false,
    {
      "kustomization.yaml": "resources: [base]\n",
      "base/kustomization.yaml": "resources: ['git@host:base']\n",
    },
  ],
  ["a chart", false, { "kustomization.yaml": "helmCharts: [{name: web}]\n" }],
  ["a transformer of kustomize's own", true, { "kustomization.yaml": "transformers: [t.yaml]\n", "t.yaml": builtin }],
  ["one in place", true, { "kustomization.yaml": `transformers:\n  - |-\n${builtin.replace(/^/gm, "    ")}` }],
  [
    "a plugin",
    false,
    { "kustomization.yaml": "generators: [g.yaml]\n", "g.yaml": "apiVersion: example.com/v1\nkind: Gen\n" },
  ],
  [
    "a plugin beside kustomize's own",
    false,
    {
      "kustomization.yaml": "transformers: [t.yaml]\n",
      "t.yaml": `${builtin}---\napiVersion: example.com/v1\nkind: T\n`,
    },
  ],
  [
    "a function",
    false,
    {
      "kustomization.yaml": "transformers: [t.yaml]\n",
      "t.yaml":
        "apiVersion: builtin\nkind: T\nmetadata:\n  name: t\n  annotations: {config.kubernetes.io/function: 'exec: {path: ./f}'}\n",
    },
  ],
  ["a validator that is not there", false, { "kustomization.yaml": "validators: [v.yaml]\n" }],
])("%s: closed is %p", (_what, closed, files) => {
  using folder = configFolder(files);
  expect(kustomizationParts(folder.folder).closed).toBe(closed);
});

test.each([
  [["--enable-helm"], false],
  [["--load-restrictor", "LoadRestrictionsNone"], false],
  [["--enable-alpha-plugins"], true],
  [["--enable-exec"], true],
  [["--network"], true],
  [["-e", "TOKEN"], true],
  [["--env=TOKEN"], true],
  [["--mount", "type=bind"], true],
] as const)("arguments %p let programs in: %p", (args, let_) => {
  expect(letsProgramsIn(args)).toBe(let_);
});
