/** Examples about the configuration: modules, profiles, environments, overlays, hooks, tags, older versions, splits. */
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import type { Example, Names } from "./example.ts";
import { artifacts, base, config, map, page, serve, site } from "./pieces.ts";

type Row = (names: Names) => Example;

const sources = { "web/Dockerfile": page, "web/a.txt": "one" };
const changed = { files: { "web/a.txt": "two" }, serves: { "web/a.txt": "two" }, builds: ["web"] };
const web = (names: Names, more: Parameters<typeof site>[2] = {}) => site("web", names.image("web"), more);

const module = (name: string, image: string, more = "") =>
  `apiVersion: skaffold/v4beta14
kind: Config
metadata: {name: ${name}}
${more}${artifacts([".", image])}manifests: {rawYaml: [k8s.yaml]}
deploy: {kubectl: {}}
`;

async function git(folder: string, ...args: string[]): Promise<void> {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
  const child = Bun.spawn(["git", ...identity, ...args], { cwd: folder, stdout: "ignore", stderr: "pipe" });
  if ((await child.exited) !== 0) throw new Error(`git ${args[0]}: ${await new Response(child.stderr).text()}`);
}

export const configExamples: Readonly<Record<string, Row>> = {
  "modules in folders, one requires the other": ({ image }) => ({
    files: {
      "skaffold.yaml":
        "apiVersion: skaffold/v4beta14\nkind: Config\nmetadata: {name: all}\nrequires: [{path: web}, {path: api}]\n",
      "web/skaffold.yaml": module("web", image("web"), "requires: [{path: ../api, configs: [api]}]\n"),
      "web/Dockerfile": page,
      "web/a.txt": "web one",
      "web/k8s.yaml": site("web", image("web")),
      "api/skaffold.yaml": module("api", image("api")),
      "api/Dockerfile": page,
      "api/a.txt": "api one",
      "api/k8s.yaml": site("api", image("api")),
    },
    serves: { "web/a.txt": "web one", "api/a.txt": "api one" },
    change: {
      files: { "api/a.txt": "api two" },
      serves: { "web/a.txt": "web one", "api/a.txt": "api two" },
      builds: ["api"],
    },
  }),

  "modules in one file, some of them by -m": ({ image }) => {
    const part = (name: string) =>
      `apiVersion: skaffold/v4beta14
kind: Config
metadata: {name: ${name}}
${artifacts([name, image(name)])}manifests: {rawYaml: [${name}.yaml]}
deploy: {kubectl: {}}
`;
    return {
      files: {
        "skaffold.yaml": [part("web"), part("api")].join("---\n"),
        ...sources,
        "api/Dockerfile": page,
        "api/a.txt": "api",
        "web.yaml": site("web", image("web")),
        "api.yaml": site("api", image("api")),
      },
      flags: ["-m", "web"],
      serves: { "web/a.txt": "one" },
      objects: { "deployment/api": null },
      change: changed,
    };
  },

  "a profile with patches": (names) => ({
    files: {
      "skaffold.yaml": config(`${artifacts(["web", names.image("web")])}manifests: {rawYaml: [k8s/web.yaml]}
profiles:
  - name: prod
    patches:
      - {op: replace, path: /manifests/rawYaml/0, value: k8s/prod.yaml}
      - {op: add, path: /build/artifacts/0/docker, value: {buildArgs: {STAGE: prod}}}
`),
      "web/Dockerfile": `FROM ${base}\nARG STAGE=dev\nRUN mkdir /www && echo $STAGE > /www/stage.txt\nCOPY a.txt /www/\n${serve}`,
      "web/a.txt": "one",
      "k8s/web.yaml": web(names),
      "k8s/prod.yaml": web(names, { spec: "replicas: 2" }),
    },
    flags: ["-p", "prod"],
    serves: { "web/stage.txt": "prod" },
    objects: { "deployment/web": { spec: { replicas: 2 } } },
    change: { ...changed, serves: { "web/a.txt": "two", "web/stage.txt": "prod" } },
  }),

  "a profile that the environment activates": (names) => ({
    files: {
      "skaffold.yaml": config(`${artifacts(["web", names.image("web")])}profiles:
  - name: staging
    activation: [{env: STAGE=staging}]
    manifests: {rawYaml: [k8s/*.yaml, staging.yaml]}
`),
      ...sources,
      "k8s/web.yaml": web(names),
      "staging.yaml": map("staging", "a: b"),
    },
    env: { STAGE: "staging" },
    serves: { "web/a.txt": "one" },
    objects: { "configmap/staging": { data: { a: "b" } } },
    change: changed,
  }),

  "variables from devloop.env and skaffold.env": (names) => ({
    files: {
      "skaffold.yaml": config(
        `${artifacts(["web", names.image("web"), 'docker: {buildArgs: {TEAM: "{{.TEAM}}", CITY: "{{.CITY}}"}}'])}manifests: {rawYaml: ["{{.FOLDER}}/*.yaml"]}\n`,
      ),
      "devloop.env": "TEAM=blue\nFOLDER=manifests\n",
      "skaffold.env": "CITY=bern\n",
      "web/Dockerfile": `FROM ${base}\nARG TEAM\nARG CITY\nRUN mkdir /www && echo "$TEAM $CITY" > /www/env.txt\n${serve}`,
      "manifests/web.yaml": web(names),
    },
    serves: { "web/env.txt": "blue bern" },
    change: {
      files: { "devloop.env": "TEAM=red\nFOLDER=manifests\n" },
      serves: { "web/env.txt": "red bern" },
      builds: ["web"],
    },
  }),

  "a kustomize overlay": (names) => ({
    files: {
      "skaffold.yaml": config(
        `${artifacts(["web", names.image("web")])}manifests: {kustomize: {paths: [k8s/overlays/dev]}}\n`,
      ),
      ...sources,
      "k8s/base/kustomization.yaml": "resources: [web.yaml]\n",
      "k8s/base/web.yaml": web(names),
      "k8s/overlays/dev/kustomization.yaml": `resources: [../../base]
namePrefix: dev-
configMapGenerator: [{name: settings, literals: [a=one]}]
generatorOptions: {disableNameSuffixHash: true}
patches: [{patch: '[{"op": "add", "path": "/spec/replicas", "value": 2}]', target: {kind: Deployment}}]
`,
    },
    serves: { "dev-web/a.txt": "one" },
    objects: { "deployment/dev-web": { spec: { replicas: 2 } }, "configmap/dev-settings": { data: { a: "one" } } },
    change: { ...changed, serves: { "dev-web/a.txt": "two" } },
  }),

  "hooks around a build, a render and a deployment": (names) => ({
    files: {
      "skaffold.yaml": config(`build:
  tagPolicy: {sha256: {}}
  artifacts:
    - image: ${names.image("web")}
      context: web
      hooks: {before: [{command: [sh, -c, "echo built >> $HOOKS"]}]}
manifests:
  rawYaml: [k8s/web.yaml]
  hooks: {after: [{host: {command: [sed, "s/replicas: 1/replicas: 2/"], withChange: true}}]}
deploy:
  kubectl:
    hooks:
      before: [{host: {command: [sh, -c, "echo before >> $HOOKS"]}}]
      after: [{host: {command: [sh, -c, "echo after >> $HOOKS"]}}]
`),
      ...sources,
      "k8s/web.yaml": web(names, { spec: "replicas: 1" }),
    },
    env: { HOOKS: "/dev/null" },
    serves: { "web/a.txt": "one" },
    objects: { "deployment/web": { spec: { replicas: 2 } } },
    change: changed,
  }),

  "images built in one place and deployed in another, by a file": (names) => ({
    files: {
      "skaffold.yaml": config(artifacts(["web", names.image("web")])),
      "deploy.yaml": config("manifests: {rawYaml: [k8s/*.yaml]}\n"),
      ...sources,
      "k8s/web.yaml": web(names),
    },
    commands: [
      ["build", "-q", "--file-output", "build.json"],
      ["deploy", "-f", "deploy.yaml", "-a", "build.json"],
    ],
    cleanUp: ["-f", "deploy.yaml"],
    serves: { "web/a.txt": "one" },
    change: { ...changed, quietBuilds: true },
  }),

  "images tagged by one command and deployed by their tag": (names) => ({
    files: { "skaffold.yaml": config(artifacts(["web", names.image("web")])), ...sources, "k8s/web.yaml": web(names) },
    commands: [
      ["build", "-q", "-t", "v1"],
      ["deploy", "-t", "v1"],
    ],
    serves: { "web/a.txt": "one" },
    change: {
      ...changed,
      quietBuilds: true,
      commands: [
        ["build", "-q", "-t", "v2"],
        ["deploy", "-t", "v2"],
      ],
    },
  }),

  "another repository for every image": (names) => ({
    files: { "skaffold.yaml": config(artifacts(["web", names.image("web")])), ...sources, "k8s/web.yaml": web(names) },
    commands: [["run", "--default-repo", names.image("moved"), "--push=false"]],
    serves: { "web/a.txt": "one" },
    change: changed,
  }),

  "tags from git, labels for every object": (names) => ({
    files: {
      "skaffold.yaml": config(
        `build:\n  tagPolicy: {gitCommit: {variant: AbbrevCommitSha}}\n  artifacts: [{image: ${names.image("web")}, context: web}]\n`,
      ),
      ...sources,
      "k8s/web.yaml": web(names),
    },
    setUp: async (folder) => {
      await git(folder, "init", "-q");
      await git(folder, "add", "web", "k8s", "skaffold.yaml");
      await git(folder, "commit", "-qm", "first");
    },
    commands: [["run", "-l", "team=blue"]],
    serves: { "web/a.txt": "one" },
    objects: {
      "deployment/web": {
        metadata: { labels: { team: "blue" } },
        spec: { template: { metadata: { labels: { team: "blue" } } } },
      },
    },
    change: changed,
  }),

  "tags from the environment": (names) => ({
    files: {
      "skaffold.yaml": config(
        `build:\n  tagPolicy: {envTemplate: {template: "{{.RELEASE}}-x"}}\n  artifacts: [{image: ${names.image("web")}, context: web}]\n`,
      ),
      ...sources,
      "k8s/web.yaml": web(names),
    },
    env: { RELEASE: "r7" },
    serves: { "web/a.txt": "one" },
    change: changed,
  }),

  "an old version of the language": (names) => ({
    files: {
      "skaffold.yaml": `apiVersion: skaffold/v2beta29
kind: Config
build:
  artifacts:
    - image: ${names.image("web")}
      context: web
      docker: {dockerfile: Dockerfile}
deploy:
  kubectl: {manifests: [deploy/*.yaml]}
`,
      ...sources,
      "deploy/web.yaml": web(names),
    },
    serves: { "web/a.txt": "one" },
    change: changed,
  }),

  "the dialect of articles": (names) => ({
    files: {
      "skaffold.yaml": `apiVersion: skaffold/v4beta11
kind: Config
metadata: {name: shop}
build:
  tagPolicy: {sha256: {}}
  artifacts:
    - image: ${names.image("web")}
      context: web
      docker: {dockerfile: Dockerfile, cacheFrom: ["${names.image("web")}:latest"]}
      sync: {infer: ["**/*.txt"]}
  local: {push: false, useBuildkit: true, concurrency: 0}
deploy:
  kustomize: {paths: [k8s]}
  lifecycleHooks:
    before: [{command: [sh, -c, "echo about to deploy"], os: [linux, darwin]}]
`,
      ...sources,
      "k8s/kustomization.yaml": "resources: [web.yaml]\n",
      "k8s/web.yaml": web(names),
    },
    serves: { "web/a.txt": "one" },
    change: changed,
  }),

  "a program of the build's own beside it": (names) => ({
    files: {
      "skaffold.yaml":
        config(`${artifacts(["web", names.image("web"), 'docker: {cliFlags: ["--label=team=blue"]}'])}manifests:
  rawYaml: [k8s/*.yaml]
  hooks: {before: [{host: {command: [./generate.sh]}}]}
`),
      ...sources,
      "generate.sh": "#!/bin/sh\nmkdir -p k8s && cp web.yaml k8s/web.yaml\n",
      "web.yaml": web(names),
      "k8s/keep.yaml": map("keep", "a: b"),
    },
    setUp: (folder) => chmod(join(folder, "generate.sh"), 0o755),
    serves: { "web/a.txt": "one" },
    change: changed,
  }),
};
