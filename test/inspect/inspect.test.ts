import { describe, expect, test } from "bun:test";
import { commandFolder } from "../rig/command-line.ts";

const header = "apiVersion: skaffold/v4beta14\nkind: Config\n";
const root = `# the root
${header}metadata:
  name: all
requires:
  - path: part # the part
build:
  # nothing here yet
  artifacts: []
profiles:
  - name: shared
    build:
      local: {push: true}
  - name: ci
    build:
      googleCloudBuild: {}
verify:
  - name: smoke
    container: {name: smoke, image: alpine}
    executionMode:
      kubernetesCluster: {jobManifestPath: job.yaml}
  - name: quick
    container: {name: quick, image: alpine}
test:
  - image: a
    structureTests: [tests/*.yaml]
    custom: [{command: ./check.sh}]
`;
const files = {
  "skaffold.yaml": root,
  "part/skaffold.yaml": `${header}build:\n  cluster: {}\n`,
  "rendered.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: Service
metadata: {name: web}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
`,
};

describe("views", () => {
  test.each([
    ["modules list", { modules: [{ name: "all", path: "$DIR/skaffold.yaml", isRoot: true }] }],
    [
      "modules list --all",
      {
        modules: [{ path: "$DIR/part/skaffold.yaml" }, { name: "all", path: "$DIR/skaffold.yaml", isRoot: true }],
      },
    ],
    [
      "profiles list",
      {
        profiles: ["shared", "ci"].map((name) => ({ name, path: "$DIR/skaffold.yaml", module: "all" })),
      },
    ],
    ["profiles list --build-env local", { profiles: [{ name: "shared", path: "$DIR/skaffold.yaml", module: "all" }] }],
    [
      "build-env list -p ci --propagate-profiles=false",
      {
        build_envs: [
          { type: "cluster", path: "$DIR/part/skaffold.yaml" },
          { type: "googleCloudBuild", path: "$DIR/skaffold.yaml", module: "all" },
        ],
      },
    ],
    [
      "tests list",
      {
        tests: [
          { testType: "structure-test", testPath: "tests/*.yaml", image: "a", module: "all" },
          { testType: "custom", command: "./check.sh", image: "a", module: "all" },
        ],
      },
    ],
    [
      "executionModes list",
      { verifyExecutionModes: { smoke: "kubernetesCluster", quick: "local" }, customActionExecutionModes: {} },
    ],
    ["jobManifestPaths list", { verifyJobManifestPaths: { smoke: "job.yaml" }, customActionJobManifestPaths: {} }],
    [
      "namespaces list rendered.yaml",
      {
        resourceToInfoMap: {
          "apps/v1, Resource=deployments": [{ name: "web", namespace: "shop" }],
          "v1, Resource=services": [{ name: "web", namespace: "default" }],
        },
      },
    ],
  ])("%s", async (line, answer) => {
    using made = commandFolder(files);
    const { code, out } = await made.run(["inspect", ...line.split(" ")]);
    expect(JSON.parse(out)).toEqual(answer);
    expect(code).toBe(0);
  });
});

describe("edits keep comments and order", () => {
  test("a build environment is added to the pipeline", async () => {
    using made = commandFolder(files);
    const { code, out } = await made.run([
      "inspect",
      "build-env",
      "add",
      "local",
      "--push=false",
      "--concurrency",
      "0",
    ]);
    expect([code, out]).toEqual([0, ""]);
    expect(made.read("skaffold.yaml")).toBe(
      root.replace("  artifacts: []\n", "  artifacts: []\n  local:\n    push: false\n    concurrency: 0\n"),
    );
    expect(made.read("part/skaffold.yaml")).toBe(files["part/skaffold.yaml"]);
  });

  test("a profile is made for one", async () => {
    using made = commandFolder(files);
    const args = ["inspect", "build-env", "add", "cluster", "--dockerConfigPath", "~/config.json", "--profile", "far"];
    expect((await made.run(args)).code).toBe(0);
    expect(made.read("skaffold.yaml")).toContain(`      googleCloudBuild: {}
  - name: far
    build:
      cluster:
        dockerConfig:
          path: ~/config.json
`);
  });

  test("one is modified where it is", async () => {
    using made = commandFolder(files);
    const args = ["inspect", "build-env", "modify", "local", "--push=false", "--useBuildkit", "--profile", "shared"];
    expect((await made.run(args)).code).toBe(0);
    expect(made.read("skaffold.yaml")).toBe(root.replace("{push: true}", "{push: false, useBuildkit: true}"));
  });

  test("dependencies and manifests of jobs come from files", async () => {
    using made = commandFolder({
      ...files,
      "more.json": JSON.stringify({ dependencies: [{ path: "part" }, { path: "other", configs: ["b"] }] }),
      "other/skaffold.yaml": `${header}metadata: {name: b}\n`,
      "jobs.json": JSON.stringify({ verifyJobManifestPaths: { smoke: "new.yaml", quick: "quick.yaml" } }),
    });
    expect((await made.run(["inspect", "config-dependencies", "add", "more.json"])).code).toBe(0);
    expect((await made.run(["inspect", "jobManifestPaths", "modify", "jobs.json"])).code).toBe(0);
    const text = made.read("skaffold.yaml");
    expect(text).toContain("  - path: part # the part\n  - path: other\n    configs:\n      - b\nbuild:\n");
    expect(text).toContain("kubernetesCluster: {jobManifestPath: new.yaml}");
    expect(text).toContain(
      "image: alpine}\n    executionMode:\n      kubernetesCluster:\n        jobManifestPath: quick.yaml\n",
    );
  });

  test("a file of an old version is brought to the newest one", async () => {
    using made = commandFolder({
      "skaffold.yaml":
        "apiVersion: skaffold/v2beta29\nkind: Config\ndeploy:\n  kubectl:\n    manifests: [a.yaml] # one\n",
    });
    expect((await made.run(["inspect", "build-env", "add", "local", "--push"])).code).toBe(0);
    const text = made.read("skaffold.yaml");
    expect(text).toStartWith("apiVersion: skaffold/v4beta14\nkind: Config\n");
    expect(text).toContain("  rawYaml: [a.yaml] # one\n");
    expect(text).toContain("build:\n  local:\n    push: true\n");
  });
});

describe("errors are JSON with a code", () => {
  test.each([
    ["build-env add local --profile shared", "INSPECT_BUILD_ENV_ALREADY_EXISTS_ERR"],
    ["build-env modify local --profile ci", "INSPECT_BUILD_ENV_INCORRECT_TYPE_ERR"],
    ["build-env modify local --profile none", "INSPECT_PROFILE_NOT_FOUND_ERR"],
    ["modules list -f none.yaml", "CONFIG_FILE_NOT_FOUND_ERR"],
    ["modules list -f rendered.yaml", "CONFIG_FILE_PARSING_ERR"],
    ["namespaces list none.yaml", "CONFIG_FILE_PARSING_ERR"],
    ["config-dependencies add rendered.yaml", "CONFIG_FILE_PARSING_ERR"],
  ])("%s", async (line, errorCode) => {
    using made = commandFolder(files);
    const { code, out } = await made.run(["inspect", ...line.split(" ")]);
    expect(JSON.parse(out)).toMatchObject({ errorCode });
    expect(code).toBe(1);
    expect(made.read("skaffold.yaml")).toBe(root);
  });

  test("words that mean nothing are a usage error", async () => {
    using made = commandFolder(files);
    expect((await made.run(["inspect", "modules", "forget"])).code).toBe(127);
    expect((await made.run(["inspect", "build-env", "add", "moon"])).code).toBe(127);
  });
});
