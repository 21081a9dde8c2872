/**
 * Which files a kustomization is made of, held against kustomize itself: a copy of those files alone gives the same
 * manifests, and a copy that lacks any one of them does not.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { kustomizationFiles } from "../../../src/deploy/manifests/kustomization.ts";
import { kustomizeBuild } from "../../../src/tool/kustomize.ts";

const signal = new AbortController().signal;
const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: "1"}\n`;
const patch = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {b: "2"}\n`;

/** Every way to name a file that kustomize reads without a plugin. */
const tree: Readonly<Record<string, string>> = {
  "overlay/kustomization.yaml": `resources: [../base, extra.yaml, ./nested]
components: [../component]
configurations: [configuration.yaml]
crds: [crd.json]
generators: [generator.yaml]
transformers: [transformers]
patches:
  - path: patches/base.yaml
  - target: {kind: ConfigMap, name: extra}
    patch: |
      - {op: add, path: /data/c, value: "3"}
patchesStrategicMerge:
  - merge.yaml
  - |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: extra}
    data: {d: "4"}
patchesJson6902:
  - {target: {version: v1, kind: ConfigMap, name: nested}, path: json.yaml}
configMapGenerator:
  - name: generated
    files: [files/plain.txt, named=files/other.txt]
    envs: [files/some.env]
secretGenerator:
  - name: secret
    files: [files/secret.txt]
    env: files/more.env
replacements: [{path: replacement.yaml}]
openapi: {path: openapi.json}
`,
  "overlay/extra.yaml": map("extra"),
  "overlay/nested/kustomization.yml": "resources: [nested.yaml]\n",
  "overlay/nested/nested.yaml": map("nested"),
  "overlay/configuration.yaml": "namePrefix: [{path: metadata/name, kind: Nothing}]\n",
  "overlay/crd.json": "{}",
  "overlay/generator.yaml":
    "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: by-generator}\nliterals: [x=y]\n",
  "overlay/transformers/Kustomization": "resources: [label.yaml]\n",
  "overlay/transformers/label.yaml":
    "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: label}\nlabels: {of: test}\nfieldSpecs: [{path: metadata/labels, create: true}]\n",
  "overlay/patches/base.yaml": patch("base"),
  "overlay/merge.yaml": patch("extra"),
  "overlay/json.yaml": '- {op: add, path: /data/e, value: "5"}\n',
  "overlay/files/plain.txt": "plain",
  "overlay/files/other.txt": "other",
  "overlay/files/secret.txt": "hidden",
  "overlay/files/some.env": "SOME=1\n",
  "overlay/files/more.env": "MORE=1\n",
  "overlay/replacement.yaml":
    "source: {kind: ConfigMap, name: base, fieldPath: data.a}\ntargets: [{select: {name: extra}, fieldPaths: [data.a]}]\n",
  "overlay/openapi.json": '{"definitions": {}}',
  "base/kustomization.yaml": "bases: [deeper]\nresources: [base.yaml]\n",
  "base/base.yaml": map("base"),
  "base/deeper/kustomization.yaml": "resources: [deeper.yaml]\n",
  "base/deeper/deeper.yaml": map("deeper"),
  "component/kustomization.yaml":
    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: patch.yaml}]\n",
  "component/patch.yaml": patch("base"),
  "unused.yaml": map("unused"),
  "overlay/unused.txt": "unused",
};

let root = "";
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "devloop-kustomization-")));
  for (const [path, text] of Object.entries(tree)) {
    await mkdir(dirname(join(root, "all", path)), { recursive: true });
    await writeFile(join(root, "all", path), text);
  }
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function copied(paths: readonly string[]): Promise<string> {
  const to = await mkdtemp(join(root, "copy-"));
  for (const path of paths) await cp(join(root, "all", path), join(to, path), { recursive: true });
  return to;
}

async function built(folder: string): Promise<string> {
  const args = ["--load-restrictor", "LoadRestrictionsNone"];
  return (await kustomizeBuild({ target: "overlay", args, cwd: folder }, signal)).manifests;
}

test("kustomize reads exactly these files", async () => {
  const all = join(root, "all");
  const files = kustomizationFiles(join(all, "overlay")).map((path) => relative(all, path));
  expect(files).toEqual(
    Object.keys(tree)
      .filter((path) => !path.includes("unused"))
      .sort(),
  );
  const whole = await built(all);
  expect(whole).toContain("by-generator");
  expect(await built(await copied(files))).toBe(whole);
  for (const missing of files) {
    const folder = await copied(files.filter((path) => path !== missing));
    await expect(built(folder), missing).rejects.toThrow("kustomize failed");
  }
});
