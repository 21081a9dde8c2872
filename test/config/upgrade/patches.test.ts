/** Patches of profiles: paths by table, and sections as values. Each case is the patch before and the ones after. */
import { describe, expect, test } from "bun:test";
import { upgraded } from "./upgraded.ts";

interface Patch {
  readonly op?: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

function patched(version: string, root: object, ...patches: Patch[]): unknown {
  const config = { apiVersion: `skaffold/${version}`, ...root, profiles: [{ name: "p", patches }] };
  const { data, said } = upgraded(JSON.stringify(config));
  const errors = said.filter((text) => text.startsWith("error"));
  return errors.length > 0 ? errors : (data as { profiles: { patches: unknown }[] }).profiles[0]?.patches;
}

const artifact = { build: { artifacts: [{ image: "a" }] } };
const helm = { deploy: { helm: { releases: [{ name: "r", chartPath: "c", artifactOverrides: { image: "a/b" } }] } } };
const both = {
  deploy: { kubectl: { manifests: ["k"], flags: { apply: ["-a", "-b"] } }, kustomize: { flags: { apply: ["-c"] } } },
};

describe("a path by the table", () => {
  const cases: [version: string, before: string, after: string][] = [
    ["v1beta6", "/build/kaniko/namespace", "/build/cluster/namespace"],
    ["v1beta13", "/build/artifacts/0/jibGradle/project", "/build/artifacts/0/jib/project"],
    ["v1beta13", "/build/artifacts/0/jibMaven/args/-", "/build/artifacts/0/jib/args/-"],
    ["v2alpha1", "/build/artifacts/0/kaniko/buildContext/localDir/initImage", "/build/artifacts/0/kaniko/initImage"],
    ["v2alpha2", "/deploy/kustomize/path", "/manifests/kustomize/paths/0"],
    ["v2beta4", "/build/artifacts/image=a/buildpack/builder", "/build/artifacts/image=a/buildpacks/builder"],
    ["v2beta4", "/build/cluster/pullSecret", "/build/cluster/pullSecretPath"],
    ["v2beta22", "/build/artifacts/0/docker/secret/src", "/build/artifacts/0/docker/secrets/0/src"],
    ["v2beta27", "/build/artifacts/0/ko/platforms/0", "/build/artifacts/0/platforms/0"],
    ["v2beta29", "/deploy/kubectl/manifests/0", "/manifests/rawYaml/0"],
    ["v2beta29", "/deploy/kustomize/buildArgs/0", "/manifests/kustomize/buildArgs/0"],
    ["v2beta29", "/deploy/kustomize/defaultNamespace", "/deploy/kubectl/defaultNamespace"],
    ["v2beta29", "/deploy/statusCheck", "/deploy/statusCheck"],
    ["v2beta29", "/deploy/helm/hooks/before/0", "/deploy/helm/hooks/before/0"],
    ["v4beta7", "/deploy/kpt/false", "/deploy/kpt/force"],
  ];
  for (const [version, path, after] of cases)
    test(`${version} ${path}`, () => {
      expect(patched(version, artifact, { path, value: "v" })).toEqual([{ path: after, value: "v" }]);
    });
});

test("where a value is taken from is rewritten as well", () => {
  const patch = { op: "copy", from: "/deploy/kubectl/manifests/0", path: "/deploy/kubectl/manifests/-" };
  expect(patched("v2beta29", both, patch)).toEqual([
    { op: "copy", from: "/manifests/rawYaml/0", path: "/manifests/rawYaml/-" },
  ]);
});

test("items of kustomize's lists stand behind those of kubectl", () => {
  expect(patched("v2beta29", both, { path: "/deploy/kustomize/flags/apply/0", value: "-d" })).toEqual([
    { path: "/deploy/kubectl/flags/apply/2", value: "-d" },
  ]);
});

describe("a release is there twice", () => {
  test("a field", () => {
    expect(patched("v2beta29", helm, { path: "/deploy/helm/releases/name=r/version", value: "2" })).toEqual([
      { path: "/manifests/helm/releases/name=r/version", value: "2" },
      { path: "/deploy/helm/releases/name=r/version", value: "2" },
    ]);
  });
  test("a removal", () => {
    expect(patched("v2beta29", helm, { op: "remove", path: "/deploy/helm/releases/0" })).toEqual([
      { op: "remove", path: "/manifests/helm/releases/0" },
      { op: "remove", path: "/deploy/helm/releases/0" },
    ]);
  });
  test("a copy inside", () => {
    const patch = { op: "copy", from: "/deploy/helm/releases/0", path: "/deploy/helm/releases/-" };
    expect(patched("v2beta29", helm, patch)).toEqual([
      { op: "copy", path: "/manifests/helm/releases/-", from: "/manifests/helm/releases/0" },
      { op: "copy", path: "/deploy/helm/releases/-", from: "/deploy/helm/releases/0" },
    ]);
  });
});

describe("images of a release", () => {
  const path = "/deploy/helm/releases/0/artifactOverrides";
  const template = "{{.IMAGE_FULLY_QUALIFIED_a_c}}";
  test("one image", () => {
    expect(patched("v2beta29", helm, { path: `${path}/image`, value: "a/c" })).toEqual([
      { path: "/manifests/helm/releases/0/setValueTemplates/image", value: template },
      { path: "/deploy/helm/releases/0/setValueTemplates/image", value: template },
    ]);
  });
  test("all of them", () => {
    expect(patched("v2beta29", helm, { path, value: { web: { image: "a/c" } } })).toEqual([
      { op: "add", path: "/manifests/helm/releases/0/setValueTemplates/web.image", value: template },
      { op: "add", path: "/deploy/helm/releases/0/setValueTemplates/web.image", value: template },
    ]);
  });
  test("none any more", () => {
    expect(patched("v2beta29", helm, { op: "remove", path: `${path}/image` })).toEqual([
      { op: "remove", path: "/manifests/helm/releases/0/setValueTemplates/image" },
      { op: "remove", path: "/deploy/helm/releases/0/setValueTemplates/image" },
    ]);
  });
  test("what cannot be said", () => {
    const strategy = { path: "/deploy/helm/releases/0/imageStrategy", value: {} };
    expect(patched("v2beta29", helm, strategy)).toEqual([
      'error: a patch of imageStrategy cannot be upgraded @ "path"',
    ]);
    const copy = { op: "copy", from: "/a", path: `${path}/image` };
    expect(patched("v2beta29", helm, copy)).toEqual([
      'error: this patch of artifactOverrides cannot be upgraded @ "path"',
    ]);
  });
});

describe("a section as a value", () => {
  test("an artifact", () => {
    const value = { image: "b", jibMaven: { module: "m" } };
    expect(patched("v1beta13", artifact, { op: "add", path: "/build/artifacts/-", value })).toEqual([
      { op: "add", path: "/build/artifacts/-", value: { image: "b", jib: { project: "m", type: "maven" } } },
    ]);
  });
  test("kubectl, whose manifests go elsewhere", () => {
    expect(
      patched("v2beta29", both, { path: "/deploy/kubectl", value: { manifests: ["x"], defaultNamespace: "n" } }),
    ).toEqual([
      { path: "/deploy/kubectl", value: { defaultNamespace: "n" } },
      { op: "add", path: "/manifests/rawYaml", value: ["x"] },
    ]);
  });
  test("into a section that is not there yet", () => {
    expect(
      patched("v2beta29", artifact, { op: "add", path: "/deploy", value: { kubectl: { manifests: ["x"] } } }),
    ).toEqual([
      { op: "add", path: "/deploy", value: { kubectl: {} } },
      { op: "add", path: "/manifests", value: { rawYaml: ["x"] } },
    ]);
  });
  test("kustomize, which is no deployer any more", () => {
    expect(patched("v2beta29", artifact, { op: "add", path: "/deploy/kustomize", value: { paths: ["x"] } })).toEqual([
      { op: "add", path: "/manifests", value: { kustomize: { paths: ["x"] } } },
      { op: "add", path: "/deploy", value: { kubectl: {} } },
    ]);
  });
});

describe("a deployer that is removed takes its sources along", () => {
  const cases: [deployer: string, root: object, paths: string[]][] = [
    ["kubectl", { deploy: { kubectl: { manifests: ["k"] } } }, ["/manifests/rawYaml", "/deploy/kubectl"]],
    ["kubectl", both, ["/manifests/rawYaml"]],
    ["kustomize", both, ["/manifests/kustomize"]],
    ["kustomize", { deploy: { kustomize: {} } }, ["/manifests/kustomize", "/deploy/kubectl"]],
    ["helm", helm, ["/manifests/helm", "/deploy/helm"]],
  ];
  for (const [deployer, root, paths] of cases)
    test(`${deployer} -> ${paths.join(" ")}`, () => {
      expect(patched("v2beta29", root, { op: "remove", path: `/deploy/${deployer}` })).toEqual(
        paths.map((path) => ({ op: "remove", path })),
      );
    });
});

test("a setting of the kaniko builder is one of every artifact", () => {
  const root = { build: { artifacts: [{ image: "a" }, { image: "b" }], kaniko: {} } };
  expect(patched("v1beta6", root, { path: "/build/kaniko/image", value: "k" })).toEqual([
    { path: "/build/artifacts/0/kaniko/image", value: "k" },
    { path: "/build/artifacts/1/kaniko/image", value: "k" },
  ]);
});

test("a property of a plugin is one of the builder that it was", () => {
  const root = {
    build: {
      artifacts: [{ image: "a", plugin: { name: "bazel", properties: { target: "//:a.tar" } } }],
      executionEnvironment: { name: "local", properties: { push: true } },
    },
  };
  const patches = [
    { path: "/build/artifacts/0/plugin/properties/target", value: "//:b.tar" },
    { path: "/build/executionEnvironment/properties/push", value: false },
  ];
  expect(patched("v1beta8", root, ...patches)).toEqual([
    { path: "/build/artifacts/0/bazel/target", value: "//:b.tar" },
    { path: "/build/local/push", value: false },
  ]);
});

describe("refused", () => {
  const cases: [version: string, path: string][] = [
    ["v1beta8", "/build/artifacts/0/plugin/properties/x"],
    ["v1beta9", "/build/artifacts/0/sync/*.js"],
    ["v1beta13", "/build/artifacts/0/jibMaven/profile"],
    ["v2beta8", "/build/artifacts/0/kaniko/flags/0"],
    ["v2beta12", "/deploy/helm/releases/0/remote"],
    ["v2beta29", "/deploy/kpt/dir"],
  ];
  for (const [version, path] of cases)
    test(`${version} ${path}`, () => {
      const after = patched(version, artifact, { path, value: "v" }) as unknown[];
      expect(after.length === 1 && String(after[0]).startsWith("error: ")).toBe(true);
    });
});
