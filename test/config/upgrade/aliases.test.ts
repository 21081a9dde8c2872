/** Aliases and merge keys: every use is upgraded where it stands, and shared again where that is still true. */
import { describe, expect, test } from "bun:test";
import { fixText } from "../../../src/config/upgrade/fix.ts";
import { upgraded } from "./upgraded.ts";

const fixed = (text: string): string => {
  const { text: after, diagnostics } = fixText(text, "f.yaml");
  expect(diagnostics).toEqual([]);
  return after;
};

test("an anchor that is kept aside follows its uses", () => {
  const text = `apiVersion: skaffold/v1alpha3
.docker: &docker
  dockerfilePath: Dockerfile.dev
build:
  artifacts:
    - imageName: a
      docker: *docker
    - imageName: b
      docker: *docker
`;
  expect(fixed(text)).toBe(`apiVersion: skaffold/v4beta14
.docker: &docker
  dockerfile: Dockerfile.dev
build:
  artifacts:
    - image: a
      docker: *docker
    - image: b
      docker: *docker
`);
});

test("an anchor in use is shared again where both uses became the same", () => {
  const text = `apiVersion: skaffold/v2beta29
deploy:
  kubectl:
    flags: &flags
      apply: [--force]
  helm:
    releases:
      - name: r
        chartPath: c
        artifactOverrides: &images
          image: a
      - name: s
        chartPath: d
        artifactOverrides: *images
`;
  const after = fixed(text);
  expect(after).toContain("setValueTemplates: *images");
  expect(upgraded(after).said).toEqual([]);
});

test("an alias whose anchor means something else is written out", () => {
  const text = `apiVersion: skaffold/v2beta29
deploy:
  kubectl:
    defaultNamespace: &name web
    manifests: &list [a.yaml]
  kustomize:
    paths: *list
    defaultNamespace: *name
`;
  expect(upgraded(text).data).toEqual({
    apiVersion: "skaffold/v4beta14",
    manifests: { rawYaml: ["a.yaml"], kustomize: { paths: ["a.yaml"] } },
    deploy: { kubectl: { defaultNamespace: "web" } },
  });
});

describe("merge keys", () => {
  test("old keys that they bring are upgraded", () => {
    const text = `apiVersion: skaffold/v1alpha3
.base: &base {workspace: web, docker: {dockerfilePath: D}}
build:
  artifacts:
    - <<: *base
      imageName: a
    - {<<: [*base], imageName: b, workspace: other}
`;
    expect(upgraded(text).data).toMatchObject({
      build: {
        artifacts: [
          { context: "web", docker: { dockerfile: "D" }, image: "a" },
          { docker: { dockerfile: "D" }, image: "b", context: "other" },
        ],
      },
    });
  });
  test("they stay where nothing that they bring changed", () => {
    const text = `apiVersion: skaffold/v1alpha3
.base: &base
  docker:
    target: dev
build:
  artifacts:
    - <<: *base
      imageName: a
`;
    expect(fixed(text)).toBe(text.replace("v1alpha3", "v4beta14").replace("imageName", "image"));
  });
});

describe("never endless", () => {
  test("an alias inside its own anchor", () => {
    expect(upgraded("apiVersion: skaffold/v1\nbuild: &a\n  artifacts: *a\n").said).toEqual([]);
  });
  test("aliases of aliases of aliases", () => {
    const bomb = Array.from(
      { length: 12 },
      (_, i) =>
        `.x${i}: &x${i} [${
          i === 0
            ? "a"
            : Array(9)
                .fill(`*x${i - 1}`)
                .join(", ")
        }]`,
    );
    expect(upgraded(`apiVersion: skaffold/v1\n${bomb.join("\n")}\n`).said).toEqual([
      "error: its aliases make it too large @ apiVersion: skaffold/v1",
    ]);
  });
});
