/** What single steps do at their edges: what they refuse, what they drop with a warning, where they point. */
import { describe, expect, test } from "bun:test";
import { syncRule } from "../../../src/config/upgrade/versions/v1beta9.ts";
import type { Version } from "../../../src/config/upgrade/versions.ts";
import { pointedAt, upgraded } from "./upgraded.ts";

const doc = (version: string, body: string): string => `apiVersion: skaffold/${version}\n${body}\n`;

describe("refused, with the place", () => {
  const cases: [name: string, version: string, body: string, said: string][] = [
    ["the builder acr", "v1alpha5", "build: {acr: {}}", "error: there is no builder acr any more @ acr"],
    [
      "acr in a profile",
      "v1alpha4",
      "profiles: [{name: a, build: {acr: {}}}]",
      'error: unknown key "acr" in skaffold/v1alpha4 @ acr',
    ],
    [
      "kpt of old",
      "v2beta20",
      "deploy: {kpt: {dir: a}}",
      "error: deploy.kpt of skaffold/v2beta29 and older cannot be upgraded @ kpt",
    ],
    [
      "two namespaces for one deployer",
      "v2beta29",
      "deploy: {kubectl: {defaultNamespace: a}, kustomize: {defaultNamespace: b}}",
      "error: kubectl and kustomize deploy to different namespaces @ defaultNamespace",
    ],
    [
      "validation on here, off there",
      "v2beta29",
      "deploy: {kubectl: {flags: {disableValidation: true}}, kustomize: {}}",
      "error: kubectl and kustomize differ in flags.disableValidation @ disableValidation",
    ],
    [
      "a flag of kaniko without a field",
      "v2beta8",
      "build: {artifacts: [{image: a, kaniko: {flags: [--git=x]}}]}",
      "error: there is no field for kaniko's flag --git @ --git=x",
    ],
    [
      "a version to go back to",
      "v4beta14",
      "kind: Config",
      "error: skaffold/v4beta14 cannot be brought back to skaffold/v3 @ skaffold/v4beta14",
    ],
    ["no version", "v2", "kind: Config", 'error: "skaffold/v2" is not a version of skaffold.yaml @ skaffold/v2'],
  ];
  for (const [name, version, body, said] of cases)
    test(name, () => {
      expect(upgraded(doc(version, body), version === "v4beta14" ? { to: "v3" as Version } : {}).said).toEqual([said]);
    });
  test("a document without a version", () => {
    expect(upgraded("kind: Config\n").said).toEqual(["error: there is no apiVersion @ kind: Config"]);
  });
});

describe("dropped, with a warning", () => {
  const cases: [name: string, version: string, body: string, said: string][] = [
    [
      "a policy without a name",
      "v1alpha1",
      "build: {tagPolicy: random}",
      "there is no tag policy random: gitCommit is used",
    ],
    ["the name of a deployment", "v1alpha1", "deploy: {name: a}", "deploy.name has no effect and is dropped"],
    [
      "an unknown plugin",
      "v1beta8",
      "build: {artifacts: [{image: a, plugin: {name: x}}]}",
      'there is no plugin "x" any more: it is dropped',
    ],
    [
      "kaniko's bucket",
      "v2alpha1",
      "build: {artifacts: [{image: a, kaniko: {buildContext: {gcsBucket: b}}}]}",
      "kaniko's context is always sent by devloop: the bucket is not used",
    ],
    [
      "a secret's destination",
      "v2beta16",
      "build: {artifacts: [{image: a, docker: {secret: {id: b, dst: c}}}]}",
      "the destination of a build secret is dropped",
    ],
    [
      "most of a container",
      "v4beta3",
      "verify: [{name: a, container: {name: b, image: c, workingdir: d}}]",
      "workingdir of a container for verification is dropped",
    ],
  ];
  for (const [name, version, body, message] of cases)
    test(name, () => {
      const { diagnostics } = upgraded(doc(version, body));
      expect(diagnostics.map(({ severity, message: text }) => [severity, text])).toEqual([["warning", message]]);
    });
});

test("null counts as absent", () => {
  const body = "build: {acr: , artifacts: [{image: a, jibMaven: }]}\ndeploy: {kustomize: , kubectl: , kpt: }";
  expect(upgraded(doc("v1alpha5", body.replace(", kpt: ", ""))).said).toEqual([]);
  expect(upgraded(doc("v2beta29", "deploy: {kustomize: , kubectl: , kpt: }")).said).toEqual([]);
});

test("a value keeps its place wherever it goes", () => {
  const text = doc("v1alpha1", "deploy:\n  kubectl:\n    manifests:\n      - paths: [k8s/web.yaml]");
  const { changes } = upgraded(text);
  const moved = changes.find(({ kind }) => kind === "moved");
  expect([moved?.from, moved?.to]).toEqual(["deploy.kubectl.manifests", "manifests.rawYaml"]);
  expect(moved && [moved.at.line, pointedAt(moved.at)]).toEqual([4, "manifests"]);
});

test("an upgrade may stop at any version in between", () => {
  const text = doc("v1alpha3", "build: {artifacts: [{imageName: a}]}\ndeploy: {kubectl: {manifests: [b]}}");
  expect(upgraded(text, { to: "v2beta29" as Version }).data).toEqual({
    apiVersion: "skaffold/v2beta29",
    build: { artifacts: [{ image: "a" }] },
    deploy: { kubectl: { manifests: ["b"] } },
  });
});

describe("rules of sync", () => {
  const cases: [source: string, dest: string, rule: { src: string; dest: string; strip?: string; flattened?: true }][] =
    [
      ["*.js", "app", { src: "*.js", dest: "app" }],
      ["src/*.py", "/srv/src/", { src: "src/*.py", dest: "/srv/" }],
      ["src/*.py", "/srv", { src: "src/*.py", dest: "/srv", strip: "src/" }],
      ["src/app.py", "src", { src: "src/app.py", dest: "." }],
      ["/abs/*.py", "/abs", { src: "/abs/*.py", dest: "/" }],
      ["src/**/*.py", "/srv", { src: "src/**/*.py", dest: "/srv", flattened: true }],
      ["src/***/*.py", "/srv", { src: "src/**/*.py", dest: "/srv", strip: "src/" }],
      ["***", "/srv", { src: "**", dest: "/srv" }],
      ["a*/b", "/srv", { src: "a*/b", dest: "/srv", flattened: true }],
      ["src/*.*", "/srv", { src: "src/*.*", dest: "/srv", flattened: true }],
    ];
  for (const [source, dest, rule] of cases)
    test(`${source}: ${dest}`, () => {
      expect(syncRule(source, dest)).toEqual({ strip: "", flattened: false, ...rule });
    });
});

describe("flags of kaniko", () => {
  const kaniko = (...flags: string[]): unknown => {
    const { data } = upgraded(
      doc("v2beta8", `build: {artifacts: [{image: a, kaniko: {flags: ${JSON.stringify(flags)}}}]}`),
    );
    return (data as { build: { artifacts: { kaniko: unknown }[] } }).build.artifacts[0]?.kaniko;
  };
  test("truth values", () =>
    expect(kaniko("--force", "--cleanup=false", "--use-new-run", "true")).toEqual({
      force: true,
      cleanup: false,
      useNewRun: true,
    }));
  test("texts, in one item or two", () =>
    expect(kaniko("--verbosity=debug", "--log-format", "text")).toEqual({ verbosity: "debug", logFormat: "text" }));
  test("lists", () =>
    expect(kaniko("--insecure-registry=a", "--insecure-registry=b")).toEqual({ insecureRegistry: ["a", "b"] }));
  test("maps", () => expect(kaniko("--build-arg=A=1=2", "--build-arg=B")).toEqual({ buildArgs: { A: "1=2", B: "" } }));
  test("the cache", () =>
    expect(kaniko("--cache-ttl=6h", "--cache-dir=/c")).toEqual({ cache: { ttl: "6h", hostPath: "/c" } }));
});

describe("kaniko of a root and artifacts of a profile", () => {
  const root = "build: {artifacts: [{image: a}], kaniko: {image: k, namespace: n}}";
  const profile = (body: string): unknown => {
    const { data } = upgraded(doc("v1beta6", `${root}\nprofiles: [{name: p, build: {${body}}}]`));
    return (data as { profiles: { build: unknown }[] }).profiles[0]?.build;
  };
  test("they are built in the same way", () =>
    expect(profile("artifacts: [{image: b, docker: {dockerfile: D}}]")).toEqual({
      artifacts: [{ image: "b", kaniko: { image: "k", dockerfile: "D" } }],
    }));
  test("unless the profile chooses a builder", () =>
    expect(profile("artifacts: [{image: b}], local: {}")).toEqual({ artifacts: [{ image: "b" }], local: {} }));
});
