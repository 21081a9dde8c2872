import { describe, expect, test } from "bun:test";
import { existsSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandFolder } from "../rig/command-line.ts";
import { configFolder } from "../rig/config-files.ts";
import { eventually } from "../rig/eventually.ts";

const config = `apiVersion: skaffold/v4beta13
kind: Config
metadata:
  name: shop
build:
  artifacts:
    - image: web
      context: web
      sync:
        manual:
          - src: "static/**"
            dest: /srv/static
    - image: api
      docker:
        buildArgs: {VERSION: "{{.IMAGE_TAG}}", STAGE: "{{.STAGE}}"}
portForward:
  - {resourceType: service, resourceName: web, port: 8080}
profiles:
  - name: shared
    build:
      tagPolicy: {sha256: {}}
      local: {push: true}
    deploy:
      kubeContext: shared
`;
const files = {
  "skaffold.yaml": config,
  "web/Dockerfile": "FROM node\nCOPY . /srv\nRUN npm ci\n",
  "web/static/a.css": "a {}\n",
  "web/node_modules/x/index.js": "\n",
  Dockerfile: "FROM scratch\nCOPY main.py /\n",
  "main.py": "print(1)\n",
  "k8s/all.yaml": "\n",
};

const effective = `apiVersion: skaffold/v4beta14
kind: Config
metadata:
  name: shop
build:
  artifacts:
    - image: web
      context: $DIR/web
      sync:
        manual:
          - src: static/**
            dest: /srv/static
      docker:
        dockerfile: Dockerfile
    - image: api
      context: $DIR
      docker:
        dockerfile: Dockerfile
        buildArgs:
          VERSION: "{{.IMAGE_TAG}}"
          STAGE: "{{.STAGE}}"
  tagPolicy:
    gitCommit: {}
  local:
    concurrency: 1
deploy:
  logs:
    prefix: container
portForward:
  - resourceType: service
    resourceName: web
    port: 8080
    address: 127.0.0.1
    localPort: 8080
`;

test("--yaml-only prints the configuration as it holds", async () => {
  using made = commandFolder(files);
  const { code, out } = await made.run(["diagnose", "--yaml-only"]);
  expect([code, out]).toEqual([0, effective]);
});

test("profiles are applied, and the text is a config again", async () => {
  using made = commandFolder(files);
  expect((await made.run(["diagnose", "--yaml-only", "-p", "shared", "-o", "effective.yaml"])).code).toBe(0);
  const text = made.read("effective.yaml");
  expect(text).toContain("  tagPolicy:\n    sha256: {}\n  local:\n    push: true\n    concurrency: 1\n");
  expect(text).toContain("  kubeContext: shared\n");
  const again = await made.run(["diagnose", "--yaml-only", "-f", "effective.yaml"]);
  expect(again.out).toBe(text.replaceAll(made.folder, "$DIR"));
});

test("--enable-templating expands what is known now", async () => {
  using made = commandFolder(files);
  const { out } = await made.run(["diagnose", "--yaml-only", "--enable-templating"], { env: { STAGE: "test" } });
  expect(out).toContain('          VERSION: "{{.IMAGE_TAG}}"\n          STAGE: test\n');
});

const unset = `apiVersion: skaffold/v4beta14
kind: Config
build:
  artifacts:
    - image: "{{.REPO}}/web"
      context: "{{.CONTEXT}}"
      docker: {dockerfile: "{{.FILE}}", buildArgs: {A: "{{.ARG}}"}, target: "{{.TARGET}}"}
  local: {concurrency: 3}
manifests:
  rawYaml: ["{{.FOLDER}}/*.yaml"]
  kustomize: {paths: ["{{.OVERLAY}}"]}
deploy:
  kubeContext: "{{.CLUSTER}}"
  kubectl: {defaultNamespace: "{{.SPACE}}"}
  helm: {releases: [{name: "{{.RELEASE}}", chartPath: chart, namespace: "{{.SPACE}}"}]}
portForward:
  - {resourceType: service, resourceName: "{{.NAME}}", namespace: "{{.SPACE}}", port: 80}
`;

describe("templates whose variables are not set", () => {
  const names = [...new Set([...unset.matchAll(/\{\{\.(\w+)\}\}/g)].map(([, name]) => name))];

  test.each([[[]], [["--enable-templating"]]])("are printed as they are written %j", async (flags) => {
    using made = commandFolder({ "skaffold.yaml": unset });
    const { code, out, err } = await made.run(["diagnose", "--yaml-only", ...flags]);
    expect(err).not.toContain("error");
    expect(code).toBe(0);
    for (const name of names) expect(out).toContain(`{{.${name}}}`);
    expect(out).toContain("concurrency: 3\n");
  });

  test("are expanded one by one as they are known", async () => {
    using made = commandFolder({ "skaffold.yaml": unset });
    const { out } = await made.run(["diagnose", "--yaml-only", "--enable-templating"], { env: { SPACE: "shop" } });
    expect(out).toContain("defaultNamespace: shop\n");
    expect(out.match(/ namespace: shop\n/g)).toHaveLength(2);
    for (const name of names) if (name !== "SPACE") expect(out).toContain(`{{.${name}}}`);
  });

  test("are errors where something is deployed", async () => {
    using made = commandFolder({ "skaffold.yaml": unset.replace(/^ {2}helm.*\n/m, "") });
    const { code, err } = await made.run(["render", "--digest-source=none"]);
    expect(code).toBe(1);
    expect(err).toContain("error: NAME is not set");
  });

  test("what is no template at all is told, also where it is not expanded", async () => {
    const broken = `apiVersion: skaffold/v4beta14\nkind: Config\ndeploy: {kubectl: {defaultNamespace: "{{.A"}}\n`;
    using made = commandFolder({ "skaffold.yaml": broken });
    const { code, out, err } = await made.run(["diagnose", "--yaml-only"]);
    expect([code, out]).toEqual([0, expect.stringContaining('defaultNamespace: "{{.A"')]);
    expect(err).toContain("skaffold.yaml:3:39: warning: in the template: ");
  });
});

test("a port-forward without a resourceType is printed, and refused by a command that acts", async () => {
  const text = "apiVersion: skaffold/v4beta14\nkind: Config\nportForward:\n  - {resourceName: web, port: 80}\n";
  using made = commandFolder({ "skaffold.yaml": text });
  const { code, out, err } = await made.run(["diagnose", "--yaml-only"]);
  expect(code).toBe(0);
  expect(out).toContain("  - resourceName: web\n    port: 80\n    address: 127.0.0.1\n    localPort: 80\n");
  expect(err).toContain("warning: resourceType is missing here");
  expect((await made.run(["render", "--digest-source=none"])).err).toContain("error: resourceType is missing here");
});

test.each([
  [
    "nothing",
    "",
    "tagPolicy:\n    gitCommit: {}\n  local:\n    concurrency: 1\ndeploy:\n  logs:\n    prefix: container\n",
  ],
  ["every core", "build: {local: {concurrency: 0}}", "  local:\n    concurrency: 0\n"],
  ["a variant", "build: {tagPolicy: {gitCommit: {variant: Branches}}}", "    gitCommit:\n      variant: Branches\n"],
  ["a build in the cluster", "build: {cluster: {}}", "  cluster: {}\ndeploy:\n"],
  ["a deployer", "deploy: {kubectl: {}}", "deploy:\n  kubectl: {}\n  logs:\n"],
])("defaults are written as the reference tool writes them: %s", async (_what, text, expected) => {
  using made = commandFolder({ "skaffold.yaml": `apiVersion: skaffold/v4beta14\nkind: Config\n${text}\n` });
  const { out } = await made.run(["diagnose", "--yaml-only"]);
  expect(out).toContain(expected);
  if (!text.includes("kubectl")) expect(out).not.toContain("kubectl");
  expect(out).not.toContain("rawYaml");
});

test("several modules are several documents, required ones first, paths from their folders", async () => {
  using made = commandFolder({
    "skaffold.yaml": "apiVersion: skaffold/v4beta14\nkind: Config\nmetadata: {name: all}\nrequires:\n  - path: part\n",
    "part/skaffold.yaml":
      "apiVersion: skaffold/v2beta29\nkind: Config\nmetadata: {name: part}\nbuild:\n  artifacts:\n    - image: a\n      context: src\ndeploy:\n  kubectl:\n    manifests: [k8s/*.yaml]\n",
    "part/src/Dockerfile": "FROM scratch\n",
    "part/k8s/a.yaml": "\n",
  });
  const { out } = await made.run(["diagnose", "--yaml-only"]);
  const [part = "", all = ""] = out.split("---\n");
  expect(part).toContain("  name: part\n");
  expect(part).toContain("context: $DIR/part/src\n");
  expect(part).toContain("  rawYaml:\n    - $DIR/part/k8s/*.yaml\n");
  expect(all).toContain("  name: all\n");
  expect(all).not.toContain("requires");
});

test("each artifact is described, with what slows it down", async () => {
  using made = commandFolder(files);
  const { code, out } = await made.run(["diagnose"]);
  expect(code).toBe(0);
  const shown = out.replaceAll(/[\d.]+ s\b/g, "T").replace(/(Builds at a time: )\d+/, "$1N");
  expect(shown.slice(0, shown.indexOf("Configuration\n"))).toBe(`devloop version: v0.0.0-source
Configuration version: skaffold/v4beta13
Number of artifacts: 2
Builds at a time: N (one a core: local.concurrency is not set)

docker artifact: web
 - Context: $DIR/web
 - Size of the context: 39 B
 - Dependencies: 3 files
 - Time to read the Dockerfile: T
 - Time to list and hash dependencies: T (2nd time: T)
 - Sync: manual static/** -> /srv/static
 - Files that are synced: 1 (time to find their places: T)
 - Hint: web/Dockerfile:2 copies the whole context before the command on line 3: every change that is not synced runs it again
         copy what the command needs first (package.json, go.mod, requirements.txt), and the changing files last
 - Hint: files of node_modules are inputs of web
         add node_modules to .dockerignore: a change in it rebuilds the image
 - Hint: skaffold.yaml:11: files of static/** land under /srv/static/static/, because nothing is stripped from their path
         add strip: "static/" to put them right under /srv/static

docker artifact: api
 - Context: $DIR
 - Size of the context: 37 B
 - Dependencies: 2 files
 - Time to read the Dockerfile: T
 - Time to list and hash dependencies: T (2nd time: T)
 - Sync: none, every save rebuilds
 - Hint: skaffold.yaml:13: a save of main.py rebuilds api
         where the program reads it again, add sync: {infer: ["**/*.py"]}

`);
  expect(shown.slice(shown.indexOf("Configuration\n"))).toBe(`Configuration\n${effective}`);
});

test("what devloop does not build yet is shown, not refused", async () => {
  using made = commandFolder({
    "skaffold.yaml":
      "apiVersion: skaffold/v4beta14\nkind: Config\nbuild:\n  artifacts:\n    - image: app\n      bazel: {target: '//:app.tar'}\n",
  });
  const { code, out, err } = await made.run(["diagnose"]);
  expect(code).toBe(0);
  expect(out).toContain("bazel artifact: app\n - Context: $DIR\n");
  expect(err).toContain("warning: bazel is accepted, but devloop does not act on it yet");
});

test("a config with mistakes ends with 1 and every mistake's place", async () => {
  using made = commandFolder({ "skaffold.yaml": "apiVersion: skaffold/v4beta14\nkind: Config\nbuilt: {}\n" });
  const { code, out, err } = await made.run(["diagnose", "--yaml-only"]);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain("skaffold.yaml:3:1: error: unknown key");
});

describe("the configuration is kept while nothing that it depends on changes", () => {
  const conditional = `apiVersion: skaffold/v4beta14
kind: Config
requires: [{path: part}]
deploy:
  kubectl: {}
profiles:
  - name: staging
    activation: [{env: STAGE=staging}, {kubeContext: staging}]
    deploy:
      statusCheck: false
`;
  const part = "apiVersion: skaffold/v4beta14\nkind: Config\nbuild:\n  tagPolicy: {sha256: {}}\n";
  const parts = { "skaffold.yaml": conditional, "part/skaffold.yml": part };
  /** A file that was not written just now, whenever the test runs. */
  const write = (folder: string, path: string, text: string) => {
    writeFileSync(join(folder, path), text);
    utimesSync(join(folder, path), 1, 1);
  };
  /** A kept text that is answered with no look at anything else: what was kept is what comes out. */
  const isKept = (home: string) => existsSync(join(home, "cache/projects/kept"));

  test.each([
    ["a required file", (f: string) => write(f, "part/skaffold.yml", part.replace("sha256", "inputDigest")), {}],
    ["a file that now comes first", (f: string) => write(f, "part/skaffold.yaml", `${part}deploy: {helm: {}}\n`), {}],
    ["the root", (f: string) => write(f, "skaffold.yaml", conditional.replace("  kubectl: {}", "  helm: {}")), {}],
    ["a variable of a condition", () => undefined, { STAGE: "staging" }],
    ["a file of variables", (f: string) => write(f, "devloop.env", "STAGE=staging\n"), {}],
    ["a new file of variables", (f: string) => write(f, "skaffold.env", "STAGE=$PATH_TO_STAGE\n"), {}],
    ["the context", (f: string) => write(f, "kubeconfig", "current-context: staging\n"), {}],
  ])("%s: it is made anew", async (_what, change, env) => {
    using made = commandFolder(parts);
    using home = configFolder({});
    const { folder } = made;
    for (const [path, text] of Object.entries(parts)) write(folder, path, text);
    const usual = { DEVLOOP_HOME: home.folder, KUBECONFIG: join(folder, "kubeconfig"), PATH_TO_STAGE: "staging" };
    const run = (more: Readonly<Record<string, string>> = {}) =>
      made.run(["diagnose", "--yaml-only"], { env: { ...usual, ...more } });
    // What was written only just now is not kept yet.
    let first = await run();
    await eventually("the text is kept", async () => {
      first = await run();
      return isKept(home.folder) || undefined;
    });
    expect(await run()).toEqual(first);
    change(folder);
    const second = await run(env);
    expect(second.code).toBe(0);
    expect(second.out).not.toBe(first.out);
  });

  test("warnings come again, and another profile is another text", async () => {
    const text = `${conditional}  - name: fast\n    deploy: {statusCheck: false}\ntest: [{image: a}]\n`;
    using made = commandFolder({ ...parts, "skaffold.yaml": text });
    write(made.folder, "skaffold.yaml", text);
    write(made.folder, "part/skaffold.yml", part);
    const first = await made.run(["diagnose", "--yaml-only"]);
    expect(first.err).toContain("does not act on it yet");
    expect(await made.run(["diagnose", "--yaml-only"])).toEqual(first);
    expect((await made.run(["diagnose", "--yaml-only", "-p", "fast"])).out).toContain("statusCheck: false");
  });

  test("a config from standard input and one with a clock in it are not kept", async () => {
    using made = commandFolder({});
    using home = configFolder({});
    const text = `${part}manifests: {rawYaml: ['{{now}}.yaml']}\n`;
    write(made.folder, "skaffold.yaml", text);
    const env = { DEVLOOP_HOME: home.folder };
    expect((await made.run(["diagnose", "--yaml-only"], { env })).code).toBe(0);
    expect((await made.run(["diagnose", "--yaml-only", "-f", "-"], { env, stdin: part })).code).toBe(0);
    expect(isKept(home.folder)).toBe(false);
  });
});

test("an artifact without a builder's section is kaniko with its defaults where images are built in the cluster", async () => {
  using made = commandFolder({
    "skaffold.yaml":
      "apiVersion: skaffold/v4beta14\nkind: Config\nbuild:\n  artifacts: [{image: web, context: web}]\n  cluster: {}\n",
    "web/Dockerfile": "FROM scratch\nCOPY a /\n",
    "web/a": "a\n",
    "web/b": "b\n",
  });
  const { code, out } = await made.run(["diagnose"]);
  expect(code).toBe(0);
  expect(out).toContain("kaniko artifact: web\n");
  expect(out).toContain(" - Dependencies: 2 files\n");
  expect(out).toContain(`      kaniko:
        dockerfile: Dockerfile
`);
  expect(out).toContain("executor:latest\n");
  expect(out).toContain('copyTimeout: "5m"\n');
});
