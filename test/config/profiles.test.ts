/** Profiles: which are active, what they replace, what patches do. */
import { describe, expect, test } from "bun:test";
import type { LoadOptions } from "../../src/config/load/options.ts";
import { dockerOf, loadConfig } from "../rig/config-files.ts";

const active = async (profiles: string, options: Partial<LoadOptions>) => {
  const { project, printed } = await loadConfig(`profiles:\n${profiles}`, options);
  return project ? project.profiles.join(" ") : printed;
};
const entry = (name: string, activation: string, more = "") =>
  `  - {name: ${name}, activation: ${activation}${more}}\n`;

describe("activation", () => {
  test.each<[string, Record<string, string>, boolean]>([
    ["STAGE=dev", { STAGE: "dev" }, true],
    ["STAGE=dev", { STAGE: "devel" }, true],
    ["STAGE=dev", {}, false],
    ["STAGE=^dev$", { STAGE: "devel" }, false],
    ["STAGE=!dev", { STAGE: "prod" }, true],
    ["STAGE=!dev", { STAGE: "dev" }, false],
    ["STAGE=", {}, true],
    ["STAGE=", { STAGE: "" }, true],
    ["STAGE=", { STAGE: "x" }, false],
    ["STAGE=(?i)DEV|test", { STAGE: "my-dev" }, true],
    ["STAGE=a=b", { STAGE: "a=b" }, true],
    ["STAGE=\\pL+", { STAGE: "é" }, true],
  ])("env %s with %j: %p", async (env, environment, yes) => {
    expect(await active(entry("p", `[{env: '${env}'}]`), { environment })).toBe(yes ? "p" : "");
  });

  test.each<[string, Partial<LoadOptions>, string]>([
    [entry("p", "[{command: dev}]"), { command: "dev" }, "p"],
    [entry("p", "[{command: '!dev'}]"), { command: "dev" }, ""],
    [entry("p", "[{command: 'dev|run'}]"), { command: "run" }, "p"],
    [entry("p", "[{kubeContext: kind-.*}]"), { currentContext: () => "kind-a" }, "p"],
    [entry("p", "[{kubeContext: kind-.*}]"), { currentContext: () => "kind-a", kubeContext: "prod" }, ""],
    [entry("p", "[{env: A=1, command: dev}]"), { environment: { A: "1" }, command: "run" }, ""],
    [entry("p", "[{env: A=1}, {command: dev}]"), { environment: {}, command: "dev" }, "p"],
    [entry("p", "[{env: A=1}, {command: dev}]", ", requiresAllActivations: true"), { command: "dev" }, ""],
    [
      entry("p", "[{env: A=1}, {command: dev}]", ", requiresAllActivations: true"),
      { environment: { A: "1" }, command: "dev" },
      "p",
    ],
    [entry("p", "[]"), {}, ""],
    [entry("a", "[{command: dev}]") + entry("b", "[{command: dev}]"), { profiles: ["-a"] }, "b"],
    [entry("a", "[{command: dev}]") + entry("b", "[]"), { profiles: ["b"] }, "a b"],
    [entry("a", "[]") + entry("b", "[]"), { profiles: ["b", "a"] }, "b a"],
    [entry("a", "[]") + entry("b", "[]"), { profiles: ["b", "a", "-b"] }, "a"],
    [entry("a", "[{command: dev}]") + entry("b", "[]"), { autoActivation: false, profiles: ["b"] }, "b"],
  ])("%s", async (profiles, options, names) => {
    expect(await active(profiles, options)).toBe(names);
  });

  test("the context is not asked for unless a profile depends on it", async () => {
    let asked = 0;
    const currentContext = () => {
      asked++;
      return "kind-a";
    };
    await active(entry("p", "[{command: dev}]"), { currentContext });
    expect(asked).toBe(0);
    await active(entry("p", "[{kubeContext: a}]") + entry("q", "[{kubeContext: b}]"), { currentContext });
    expect(asked).toBe(1);
  });

  test("a pattern that is none, a condition that is none, a name that is none", async () => {
    const printed = await active(entry("first", "[{env: 'A=('}, {env: B}]"), { profiles: ["frist"] });
    expect(printed).toContain("skaffold.yaml:4:38: error: not a valid pattern: ");
    expect(printed).toContain("skaffold.yaml:4:52: error: expected NAME=pattern");
    expect(printed).toContain('error: there is no profile "frist"\n  hint: did you mean first?');
  });

  test("a profile that the context made active must not deploy elsewhere", async () => {
    const config = "profiles: [{name: p, activation: [{kubeContext: kind}], deploy: {kubeContext: prod}}]\n";
    const { printed } = await loadConfig(config, { currentContext: () => "kind-a" });
    expect(printed).toContain("the profile p is active because the context is kind-a, but this deploys to prod");
    const { project } = await loadConfig(config, { currentContext: () => "kind-a", kubeContext: "kind-a" });
    expect(project).toBeDefined();
  });
});

/** Loads with the profile `p` and shows one value of the module. */
const laid = async (base: string, profile: string) => {
  const indented = profile.replace(/^/gm, "    ");
  return (await loadConfig(`${base}\nprofiles:\n  - name: p\n${indented}\n`, { profiles: ["p"] })).module;
};

describe("overlay", () => {
  test("of fields that exclude each other, the profile's drops the other", async () => {
    const module = await laid("build:\n  tagPolicy: {sha256: {}}", "build:\n  tagPolicy: {gitCommit: {prefix: v}}");
    expect(module.tagPolicy).toMatchObject({ kind: "gitCommit", prefix: "v" });
  });

  test("a section that is present or absent is replaced as a whole", async () => {
    const module = await laid(
      "build:\n  local: {push: true, concurrency: 3}\ndeploy:\n  kubectl: {defaultNamespace: a, flags: {apply: [--server-side]}}",
      "build:\n  local: {concurrency: 0}\ndeploy:\n  kubectl: {defaultNamespace: b}",
    );
    expect(module.build.local).toEqual({ tryImportMissing: false, useDockerCLI: false, concurrency: 0 });
    expect(module.deploy.kubectl).toMatchObject({ defaultNamespace: "b", flags: { apply: [] } });
  });

  test("lists are replaced, never joined; an empty one changes nothing", async () => {
    const base = "build:\n  artifacts: [{image: a}, {image: b}]\nmanifests:\n  rawYaml: [a.yaml]";
    const module = await laid(base, "build:\n  artifacts: [{image: c}]\nmanifests:\n  rawYaml: []");
    expect(module.artifacts.map(({ image }) => image)).toEqual(["c"]);
    expect(module.manifests.rawYaml.map(({ pattern }) => pattern.split("/").at(-1))).toEqual(["a.yaml"]);
  });

  test("bundles of fields are entered; false, 0 and empty change nothing, but for fields that tell them from absent", async () => {
    const module = await laid(
      "deploy:\n  statusCheck: true\n  statusCheckDeadlineSeconds: 30\n  tolerateFailuresUntilDeadline: true\n  kubeContext: a\n  logs: {prefix: auto}",
      "deploy:\n  statusCheck: false\n  statusCheckDeadlineSeconds: 0\n  tolerateFailuresUntilDeadline: false\n  kubeContext: ''",
    );
    expect(module.deploy).toMatchObject({
      statusCheck: false,
      statusCheckDeadlineSeconds: 30,
      tolerateFailuresUntilDeadline: true,
      kubeContext: "a",
      logs: { prefix: "auto" },
    });
  });

  test("the later profile wins", async () => {
    const profiles =
      "profiles:\n  - {name: a, deploy: {kubeContext: one}}\n  - {name: b, deploy: {kubeContext: two}}\n";
    const of = async (names: string[]) => (await loadConfig(profiles, { profiles: names })).module.deploy.kubeContext;
    expect(await of(["a", "b"])).toBe("two");
    expect(await of(["b", "a"])).toBe("one");
  });
});

const base = `build:
  artifacts:
    - {image: web, context: web}
    - {image: api, context: api, docker: {buildArgs: {A: "1"}}}
deploy:
  kubectl: {defaultNamespace: a}`;
const patched = (...patches: string[]) => laid(base, `patches:\n${patches.map((patch) => `  - ${patch}`).join("\n")}`);
const contexts = async (...patches: string[]) =>
  (await patched(...patches)).artifacts.map(({ image, context }) => `${image}:${context.split("/").at(-1)}`).join(" ");

describe("patches", () => {
  test.each([
    ["replace by position", "{path: /build/artifacts/0/context, value: x}", "web:x api:api"],
    ["replace by selector", "{path: /build/artifacts/image=api/context, value: x}", "web:web api:x"],
    [
      "add at a position",
      "{op: add, path: /build/artifacts/1, value: {image: mid, context: m}}",
      "web:web mid:m api:api",
    ],
    ["add at the end", "{op: add, path: /build/artifacts/-, value: {image: z, context: z}}", "web:web api:api z:z"],
    ["remove", "{op: remove, path: /build/artifacts/0}", "api:api"],
    ["remove by selector", "{op: remove, path: /build/artifacts/image=web}", "api:api"],
    ["copy", "{op: copy, from: /build/artifacts/0/context, path: /build/artifacts/1/context}", "web:web api:web"],
    ["move in a list", "{op: move, from: /build/artifacts/1, path: /build/artifacts/0}", "api:api web:web"],
    ["test that holds", "{op: test, path: /build/artifacts/0/context, value: web}", "web:web api:api"],
  ])("%s", async (_name, patch, expected) => {
    expect(await contexts(patch)).toBe(expected);
  });

  test("a selector finds at any depth", async () => {
    const module = await patched("{path: /image=api/docker/buildArgs/A, value: '2'}");
    expect(dockerOf(module, 1).buildArgs.A?.text).toBe("2");
  });

  test("they come after the overlay of their own profile", async () => {
    const module = await laid(
      base,
      "deploy:\n  kubectl: {defaultNamespace: b}\npatches:\n  - {path: /deploy/kubectl/defaultNamespace, value: c}",
    );
    expect(module.deploy.kubectl?.defaultNamespace).toBe("c");
  });

  test.each([
    ["{path: build, value: x}", "its path has to begin with /"],
    ["{path: /build/artifacts/7/context, value: x}", "nothing is at /build/artifacts/7"],
    ["{path: /build/artifacts/image=nope/context, value: x}", "nothing is at /build/artifacts/image=nope"],
    ["{path: /deploy/kubeContext, value: x}", "nothing is at /deploy/kubeContext; use op: add"],
    ["{op: remove, path: /deploy/kubeContext}", "nothing is at /deploy/kubeContext"],
    ["{op: add, path: /build/artifacts/9, value: {image: x}}", "nothing can be put at /build/artifacts/9"],
    ["{op: test, path: /build/artifacts/0/image, value: x}", "/build/artifacts/0/image has another value"],
    ["{op: move, path: /build/artifacts/0/image}", "it needs from:"],
    ["{op: add, path: /deploy/kubeContext}", "it needs value:"],
  ])("%s fails at its place", async (patch, why) => {
    const printed = await patched(patch).catch((error: Error) => error.message);
    expect(printed).toMatch(/^skaffold\.yaml:\d+:\d+: error: the patch cannot be applied: /);
    expect(printed).toContain(why);
  });

  test.each([
    [
      "{op: add, path: /deploy/kpt/flags, value: x}",
      "nothing is at /deploy/kpt",
      "add /deploy/kpt as a whole: {op: add, path: /deploy/kpt, value: {flags: ...}}",
    ],
    [
      "{op: add, path: /manifests/kustomize/paths, value: [x]}",
      "nothing is at /manifests",
      "add /manifests as a whole: {op: add, path: /manifests, value: {kustomize: {paths: ...}}}",
    ],
    [
      "{path: /build/artifacts/0/a~1b/c, value: x}",
      "nothing is at /build/artifacts/0/a~1b",
      "add /build/artifacts/0/a~1b as a whole: {op: add, path: /build/artifacts/0/a~1b, value: {c: ...}}",
    ],
    ["{op: remove, path: /manifests/kustomize/paths}", "nothing is at /manifests", undefined],
    ["{op: add, path: /build/artifacts/7/context, value: x}", "nothing is at /build/artifacts/7", undefined],
    [
      "{op: add, path: /build/artifacts/image=no/context, value: x}",
      "nothing is at /build/artifacts/image=no",
      undefined,
    ],
  ])("%s: what is missing above it can be added as a whole", async (patch, why, suggestion) => {
    const profile = `profiles:\n  - name: p\n    patches: [${patch}]\n`;
    const { diagnostics } = await loadConfig(`${base}\n${profile}`, { profiles: ["p"] });
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    expect(errors.map((d) => [d.message, d.suggestion])).toEqual([[`the patch cannot be applied: ${why}`, suggestion]]);
  });

  test("what a patch writes is checked; a key that is none is only warned about", async () => {
    const printed = await patched("{op: add, path: /deploy/kubectl/flags, value: {apply: x}}").catch(String);
    expect(printed).toContain("expected a list, found a text");
    const { diagnostics } = await loadConfig(
      "deploy: {kubectl: {}}\nprofiles:\n  - name: p\n    patches: [{op: add, path: /deploy/kubectl/nope, value: 1}]\n",
      { profiles: ["p"] },
    );
    expect(diagnostics.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      'warning: unknown key "nope"',
    ]);
  });
});

test("every final value names the file, the line and the profile that it comes from", async () => {
  const { explain } = await loadConfig(
    "build:\n  tagPolicy: {sha256: {}}\n  artifacts: [{image: a, context: x}]\nprofiles:\n  - name: p\n    build:\n      tagPolicy: {inputDigest: {}}\n    patches:\n      - {path: /build/artifacts/0/context, value: y}\n",
    { profiles: ["p"] },
  );
  const lines = explain().map(
    ({ path, value, at, profile }) =>
      `${path} = ${value} (${at ? `${at.file}:${at.line}` : "implied"}${profile ? `, ${profile}` : ""})`,
  );
  expect(lines).toEqual([
    "apiVersion = skaffold/v4beta14 (skaffold.yaml:1)",
    "kind = Config (skaffold.yaml:2)",
    "build.tagPolicy.inputDigest = {} (skaffold.yaml:9, p)",
    "build.artifacts[0].image = a (skaffold.yaml:5)",
    "build.artifacts[0].context = y (skaffold.yaml:11, p)",
    "build.local = {} (implied)",
    "build.artifacts[0].docker.dockerfile = Dockerfile (implied)",
    "manifests.rawYaml[0] = k8s/*.yaml (implied)",
    "deploy.kubectl = {} (implied)",
  ]);
});
