/** The text that `fix` gives: comments and order stay, and where only names change, so does every other byte. */
import { describe, expect, test } from "bun:test";
import { fixText } from "../../../src/config/upgrade/fix.ts";
import type { Version } from "../../../src/config/upgrade/versions.ts";

describe("only names change", () => {
  const text = `# the shop
apiVersion:   skaffold/v1alpha3 # old
kind: "Config"


build:
    artifacts:
    - imageName:  'acme/shop'   # the image
      "workspace": ./shop
      # how
      docker: {dockerfilePath: Dockerfile,target: "dev" }
    local: {skipPush:    true}
`;
  const wanted = text
    .replace("v1alpha3", "v4beta14")
    .replace("imageName", "image")
    .replace('"workspace"', "context")
    .replace("dockerfilePath", "dockerfile")
    .replace("skipPush:    true", "push:    false");
  test("every other byte stays", () => expect(fixText(text, "f.yaml").text).toBe(wanted));
  test("line ends and the mark at the beginning stay", () => {
    const windows = `\u{feff}${text.replaceAll("\n", "\r\n")}`;
    expect(fixText(windows, "f.yaml").text).toBe(`\u{feff}${wanted.replaceAll("\n", "\r\n")}`);
  });
});

describe("the structure changes", () => {
  test("comments, order and style stay", () => {
    const text = `# the shop
apiVersion: skaffold/v2beta29
kind: Config

build:
  artifacts:
  - image: acme/shop # the image

# how it is deployed
deploy:
  kubectl:
    # all of them
    manifests:
    - k8s/a.yaml # first
    - k8s/b.yaml

portForward:
- {resourceType: service, resourceName: shop, port: 80}
`;
    expect(fixText(text, "f.yaml").text).toBe(`# the shop
apiVersion: skaffold/v4beta14
kind: Config

build:
  artifacts:
  - image: acme/shop # the image

manifests:
  # all of them
  rawYaml:
  - k8s/a.yaml # first
  - k8s/b.yaml

# how it is deployed
deploy:
  kubectl: {}

portForward:
- {resourceType: service, resourceName: shop, port: 80}
`);
  });
  test("line ends stay", () => {
    const text = "apiVersion: skaffold/v2beta29\r\ndeploy:\r\n  kubectl:\r\n    manifests: [a]\r\n";
    const after = fixText(text, "f.yaml").text;
    expect(after.split("\r\n").join("\n")).not.toContain("\r");
    expect(
      after
        .split("\n")
        .slice(0, -1)
        .every((line) => line.endsWith("\r")),
    ).toBe(true);
  });
  test("JSON stays JSON", () => {
    const config = { apiVersion: "skaffold/v2beta29", kind: "Config", deploy: { kubectl: { manifests: ["a"] } } };
    expect(JSON.parse(fixText(JSON.stringify(config), "f.json").text)).toEqual({
      apiVersion: "skaffold/v4beta14",
      kind: "Config",
      manifests: { rawYaml: ["a"] },
      deploy: { kubectl: {} },
    });
  });
  test("a long text stays on its line", () => {
    const command = "echo ".repeat(60).trim();
    const text = `apiVersion: skaffold/v2beta29\ndeploy: {kubectl: {manifests: [a], flags: {apply: ["${command}"]}}}\n`;
    expect(fixText(text, "f.yaml").text).toContain(command);
  });
  test("every document of a file is fixed", () => {
    const one = "apiVersion: skaffold/v2beta29\ndeploy:\n  kubectl:\n    manifests: [a]\n";
    const after = fixText(`${one}---\n# second\n${one}`, "f.yaml").text;
    expect(after.match(/^---$/gm)?.length).toBe(1);
    expect(after.match(/rawYaml/g)?.length).toBe(2);
    expect(after).toContain("# second");
  });
});

describe("nothing to do, or nothing that can be done", () => {
  const same = (text: string, to?: Version): unknown => {
    const fixed = fixText(text, "f.yaml", to);
    expect(fixed.text).toBe(text);
    expect(fixed.changes).toEqual([]);
    return fixed.diagnostics.map(({ severity, message }) => `${severity}: ${message}`);
  };
  test("a current file", () => expect(same("apiVersion: skaffold/v4beta14\nkind:   Config\n")).toEqual([]));
  test("an older target", () =>
    expect(same("apiVersion: skaffold/v3\n", "v2beta1" as Version)).toEqual([
      "error: skaffold/v3 cannot be brought back to skaffold/v2beta1",
    ]));
  test("an error anywhere", () =>
    expect(same("apiVersion: skaffold/v1\nbuild: {}\n---\napiVersion: skaffold/v1alpha5\nbuild: {acr: {}}\n")).toEqual([
      "error: there is no builder acr any more",
    ]));
  test("a text that is no YAML", () => expect((same("a: [\n") as string[])[0]).toMatch(/^error: not valid YAML/));
  test("a key twice", () =>
    expect((same("apiVersion: skaffold/v1\nbuild: {}\nbuild: {}\n") as string[])[0]).toMatch(/twice/));
});

test("a version in between can be asked for", () => {
  const { text, changes } = fixText(
    "apiVersion: skaffold/v1alpha3\ndeploy: {kustomize: {kustomizePath: a}}\n",
    "f",
    "v2alpha4" as Version,
  );
  expect(text).toBe("apiVersion: skaffold/v2alpha4\ndeploy: {kustomize: {paths: [a]}}\n");
  expect(changes.at(-1)).toMatchObject({ kind: "version", from: "skaffold/v1alpha3", to: "skaffold/v2alpha4" });
});

test("old keys in a newer file are written as they are called there", () => {
  const text = `apiVersion: skaffold/v4beta11
build:
  artifacts:
    - imageName: a
      docker: {secret: {id: b}}
deploy:
  kubectl: {manifests: [k8s/*.yaml]}
  kustomize: {paths: [o]}
  helm: {releases: [{name: r, chartPath: c, artifactOverrides: {image: a}}]}
manifests:
  rawYaml: [first.yaml]
`;
  expect(fixText(text, "f.yaml").text).toBe(`apiVersion: skaffold/v4beta14
build:
  artifacts:
    - image: a
      docker: {secrets: [{id: b}]}
deploy:
  kubectl: {}
  helm: {releases: [{name: r, chartPath: c, setValueTemplates: {image: "{{.IMAGE_FULLY_QUALIFIED_a}}"}}]}
manifests:
  rawYaml: [first.yaml, k8s/*.yaml]
  kustomize:
    paths: [o]
`);
});

test("comments go with what they are about, also where its section goes away", () => {
  const text = `apiVersion: skaffold/v2beta29
kind: Config
# how it goes out
deploy:
  # by kustomize
  kustomize: # by hand
    # folders
    paths:
      # the first
      - overlay # and last
  # at most
  statusCheckDeadlineSeconds: 3
`;
  expect(fixText(text, "f.yaml").text).toBe(`apiVersion: skaffold/v4beta14
kind: Config
manifests:
  # by kustomize
  kustomize:
    # by hand
    # folders
    paths:
      # the first
      - overlay # and last
# how it goes out
deploy:
  # at most
  statusCheckDeadlineSeconds: 3
  kubectl: {}
`);
});

test("a change is told once, from what was written to what is written now", () => {
  const text = "apiVersion: skaffold/v1alpha1\nbuild: {artifacts: [{imageName: a, dockerfilePath: D}]}\n";
  const { changes } = fixText(text, "f.yaml");
  expect(changes.map(({ kind, from, to }) => `${kind} ${from} ${to}`)).toEqual([
    "moved build.artifacts[0].dockerfilePath build.artifacts[0].docker.dockerfile",
    "renamed build.artifacts[0].imageName build.artifacts[0].image",
    "version skaffold/v1alpha1 skaffold/v4beta14",
  ]);
});
