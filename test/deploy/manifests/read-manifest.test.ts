import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { Source } from "../../../src/config/yaml/source.ts";
import { printManifests } from "../../../src/deploy/manifests/print-manifests.ts";
import { readManifests } from "../../../src/deploy/manifests/read-manifest.ts";
import type { Diagnostic } from "../../../src/diag/diagnostic.ts";
import { printDiagnostic } from "../../../src/diag/print.ts";
import { bothWays } from "../../config/plain-agreement.ts";

function read(text: string): { objects: KubeObject[]; complaints: string[]; lines: number[] } {
  const complaints: string[] = [];
  const found = readManifests(new Source("/k8s/app.yaml", "k8s/app.yaml", text), (d) =>
    complaints.push(printDiagnostic(d)),
  );
  return { objects: found.map(({ object }) => object), complaints, lines: found.map(({ at }) => at.line) };
}

const map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

test("any number of documents, with comments, empty ones and separators inside texts", () => {
  const text = `# begin\n---\n${map}data:\n  text: |\n    ---\n    not a document\n--- # second\n---\n${map}...\n`;
  const { objects, complaints, lines } = read(text);
  expect(complaints).toEqual([]);
  expect(lines).toEqual([3, 12]);
  expect(objects[0]?.data).toEqual({ text: "---\nnot a document\n" });
});

test("lists of objects are flattened, lists of a kind too, an empty one is nothing", () => {
  const item = (name: string) => `  - apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: ${name}}\n`;
  const list = `apiVersion: v1\nkind: List\nitems:\n${item("a")}${item("b")}`;
  const typed = `apiVersion: v1\nkind: ConfigMapList\nitems:\n${item("c")}`;
  const { objects, lines } = read(`${list}---\n${typed}---\napiVersion: v1\nkind: List\nitems: []\n`);
  expect(objects.map(({ metadata }) => metadata.name)).toEqual(["a", "b", "c"]);
  expect(lines).toEqual([4, 7, 14]);
});

test("plain manifests are read in one pass, and to the same objects", () => {
  const dir = join(import.meta.dir, "../../../examples/getting-started/k8s");
  const texts = readdirSync(dir).map((name) => readFileSync(join(dir, name), "utf8"));
  const scalars = `${map}data:\n  mode: 511\n  yes: yes\n  on: "on"\n  cpu: 10m\n  version: 1.10.0\n  at: 12:30\n`;
  for (const text of [...texts, scalars]) {
    expect(bothWays(text)).not.toBe("long");
    // An anchor that nothing refers to changes nothing but the way.
    const longer = text.replace(/kind: (\w+)/, "kind: &way $1");
    expect(bothWays(longer)).toBe("long");
    expect(read(text)).toEqual(read(longer));
  }
});

test("JSON is read as well", () => {
  const { objects } = read(`{\n\t"apiVersion": "v1",\n\t"kind": "ConfigMap",\n\t"metadata": {"name": "a"}\n}\n`);
  expect(objects).toEqual([{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } }]);
});

test("octal modes are numbers, yes and on are booleans, quotes and tags keep texts", () => {
  const { objects } = read(`${map}data: {mode: 0644, yes: yes, on: "on", tagged: !!str 1, plain: ! no, port: "80"}\n`);
  expect(objects[0]?.data).toEqual({ mode: 420, yes: true, on: "on", tagged: "1", plain: "no", port: "80" });
});

test("anchors, aliases and merge keys are followed", () => {
  const { objects } = read(`${map}data: &base {a: x}\nmore: *base\nmerged: {<<: *base, b: z}\n`);
  expect(objects[0]?.more).toEqual({ a: "x" });
  expect(objects[0]?.merged).toEqual({ a: "x", b: "z" });
});

test.each([
  ["kind: X\nmetadata: {name: a}\n", "1:1: error: this object has no apiVersion"],
  ["apiVersion: v1\nmetadata: {name: a}\n", "this object has no kind"],
  ["apiVersion: v1\nkind: X\n", "this object has no metadata.name"],
  ["apiVersion: v1\nkind: X\nmetadata: a\n", "metadata has to be a map"],
  ["apiVersion: v1\nkind: X\nmetadata: {namespace: a}\n", "this object has no metadata.name"],
  ["apiVersion: v1\nkind: X\nmetadata: {name: a, namespace: 1}\n", "metadata.namespace has to be a text"],
  ["apiVersion: 1\nkind: X\nmetadata: {name: a}\n", "apiVersion has to be a text"],
  ["apiVersion: v1\nkind: X\nitems: []\nmetadata: {}\n", "this object has no metadata.name"],
  ["apiVersion: v1\nkind: X\nmetadata: {generateName: a-}\n", "an object with generateName cannot be applied"],
  ["apiVersion: v1\nkind: X\nmetadata: {name: 0x10}\n", "metadata.name has to be a text"],
  ["apiVersion: v1\nkind: X\nmetadata: {name: yes}\n", "metadata.name has to be a text"],
  ["services: {web: {image: x}}\n", "this looks like a Compose file"],
  [
    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n",
    "this is a kustomization",
  ],
  ["apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n", "name its folder in manifests.kustomize.paths"],
  ["- a\n- b\n", "a manifest has to be a map of fields"],
  ["just text\n", "a manifest has to be a map of fields"],
  [`${map}data: {a: 1, a: 2}\n`, 'the key "a" is there twice, first on line 4'],
  [`${map}data: {a: .inf}\n`, "has no form in JSON"],
  [`${map}\tdata: x\n`, "YAML is indented with spaces"],
  [`${map}data: {{ .Values.x }}\n`, "k8s/app.yaml:4"],
])("%j is refused with its place", (text, words) => {
  const { objects, complaints } = read(text);
  expect(objects).toEqual([]);
  expect(complaints.join("\n")).toContain(words);
  expect(complaints[0]).toContain("^");
});

test.each(["kustomization.yaml", "kustomization.yml"])("a %s without a version is known by its name", (name) => {
  const complaints: Diagnostic[] = [];
  const source = new Source(`/app/k8s/${name}`, `k8s/${name}`, "resources: [a.yaml]\n");
  expect(readManifests(source, (d) => complaints.push(d))).toEqual([]);
  expect(complaints).toMatchObject([
    {
      severity: "error",
      message: "this is a kustomization, which kustomize makes manifests of, and no manifest itself",
      suggestion: "name its folder in manifests.kustomize.paths, and only plain manifests in manifests.rawYaml",
      at: { file: `k8s/${name}`, line: 1 },
    },
  ]);
});

test("all complaints of a text come at once, and the good objects with them", () => {
  const { objects, complaints } = read(`${map}---\nkind: X\n---\napiVersion: v1\nkind: Y\n---\n${map}`);
  expect(complaints).toHaveLength(2);
  expect(objects).toHaveLength(2);
});

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.stringMatching(/^[-+0-9_.xobeEyYnN:~ #'"\n<]{0,8}$/),
  fc.constantFrom("yes", "0644", "0o17", "~", "null", "<<", "---", "- a", "a: b", "2001-01-01", "1e3", "\n", " \n"),
);
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(text, tie("value"), { maxKeys: 3 }),
  ),
})).value;

test("a field may have a name that every object inherits something under", () => {
  const data = JSON.parse('{"__proto__": "kept", "constructor": "kept", "toString": "kept"}') as Record<string, string>;
  const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: ${JSON.stringify(data)}\n`;
  const { objects, complaints } = read(text);
  expect(complaints).toEqual([]);
  expect(Object.entries(objects[0]?.data ?? {})).toEqual(Object.entries(data));
});

test("what is printed is read as the same objects", () => {
  const object = fc.dictionary(text, value, { maxKeys: 4 }).map((more) => ({
    ...more,
    apiVersion: "v1",
    kind: "Thing",
    metadata: { name: "a" },
  }));
  void fc.assert(
    fc.property(fc.array(object, { maxLength: 3 }), (objects) => {
      const { objects: back, complaints } = read(printManifests(objects as unknown as KubeObject[]));
      expect(complaints).toEqual([]);
      expect(back).toEqual(objects as unknown as KubeObject[]);
    }),
    { numRuns: 400 },
  );
});

test("no text makes the reader throw", () => {
  void fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (any) => {
      read(any);
      read(`${map}data: ${any}`);
    }),
    { numRuns: 500 },
  );
});

test.each([
  "apiVersion: v1\nkind: List\n",
  "apiVersion: v1\nkind: List\nitems: []\n",
  "apiVersion: v1\nkind: List\nitems:\n",
])("%j holds no objects, and nothing is wrong with it", (list) => {
  expect(read(list)).toEqual({ objects: [], complaints: [], lines: [] });
});

test("a list whose items are no list is no list of objects", () => {
  expect(read("apiVersion: v1\nkind: List\nitems: {a: b}\n").complaints.join()).toContain(
    "this object has no metadata.name",
  );
});
