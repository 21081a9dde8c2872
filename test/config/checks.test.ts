/** What is valid by itself and wrong together, or wrong because of what is on disk. */
import { expect, test } from "bun:test";
import { relative } from "node:path";
import { imageNameFault } from "../../src/config/check/image-name.ts";
import { header, loadConfig, loadFiles } from "../rig/config-files.ts";

const complaints = async (body: string) =>
  (await loadConfig(body)).diagnostics.map(
    ({ at, severity, message }) => `${at?.line}:${at?.column} ${severity}: ${message}`,
  );

test.each<[string, string[]]>([
  ["build: {artifacts: [{image: a}, {image: a}]}", ["3:41 error: a is built twice, first in skaffold.yaml:3"]],
  ["build: {artifacts: [{image: A}]}", ['3:29 error: "A" is not a valid image name: an image name is lower-case']],
  [
    "build: {artifacts: [{image: a, requires: [{image: b}]}, {image: c}]}",
    ['3:51 error: no artifact has the image "b"'],
  ],
  [
    "build: {artifacts: [{image: a, requires: [{image: b, alias: B}]}, {image: b, requires: [{image: a, alias: A}]}]}",
    ["3:97 error: artifacts require each other in a circle: a -> b -> a"],
  ],
  [
    "build: {artifacts: [{image: a}, {image: b, requires: [{image: a, alias: 1-x}]}]}",
    ['3:63 error: the alias "1-x" cannot be the name of an ARG'],
  ],
  [
    "build: {artifacts: [{image: a, sync: {manual: [{src: 'x/*', dest: /y, strip: z/}]}}]}",
    ['3:54 error: strip "z/" is not the beginning of src "x/*"'],
  ],
  [
    "build: {artifacts: [{image: a, sync: {manual: [{src: 'src/static/**', dest: /app/static}]}}]}",
    ["3:54 hint: files of src/static/** land below /app/static/src/static/: the path in the context is kept"],
  ],
  ["build: {artifacts: [{image: a, sync: {manual: [{src: 'src/**', dest: /app, strip: src/}]}}]}", []],
  [
    "portForward: [{resourceType: pod, resourceName: a, port: 1, localPort: 9}, {resourceType: Service, resourceName: b, port: 2, localPort: 9}]",
    ["3:77 error: local port 9 is already taken by pod/a in skaffold.yaml:3"],
  ],
  ["portForward: [{resourceType: pod, resourceName: a, port: 80}, {resourceType: pod, resourceName: b, port: 80}]", []],
  ["portForward: [{resourceType: pod, resourceName: a}]", ["3:16 error: port is missing here"]],
  [
    "portForward: [{resourceType: pod, resourceName: a, port: 1, localPort: 70000}]",
    ["3:72 error: 70000 is out of range: it has to be from 0 to 65535"],
  ],
  [
    "build: {tagPolicy: {sha256: {}}, local: {tryImportMissing: true}}",
    [
      "3:42 warning: tryImportMissing is accepted, but devloop does not act on it yet",
      "3:60 error: tryImportMissing cannot work with the tag policy sha256",
    ],
  ],
  ["profiles: [{name: a}, {name: a}]", ['3:30 error: two profiles are called "a"']],
])("%s", async (body, expected) => {
  expect(await complaints(`${body}\n`)).toEqual(expected);
});

test.each([
  ["web", undefined],
  ["acme/web", undefined],
  ["reg.local:5000/acme/web_x--y", undefined],
  ["localhost/web", undefined],
  ["ko://github.com/Acme/x", undefined],
  ["web:v1", "an image name has no tag; the tag policy gives it"],
  ["web@sha256:0", "an image name has no digest"],
  ["{{.X}}/web", "an image name is no template"],
  ["acme/Web", "an image name is lower-case"],
  ["acme//web", "a part of the name is empty"],
  ["acme/-web", '"-web" is not possible in a name'],
  ["-x.y/web", '"-x.y" is no registry'],
])("image name %s", (name, fault) => {
  expect(imageNameFault(name)).toBe(fault);
});

test("contexts, Dockerfiles and manifests that are not there", async () => {
  const { printed, files, folder } = await loadFiles(
    {
      "skaffold.yaml": `${header}build:
  artifacts:
    - {image: a, context: wbe}
    - {image: b, context: web}
    - {image: c, context: web, docker: {dockerfile: Dockerfile.prd}}
    - {image: d, context: web, docker: {dockerfile: besides}}
manifests:
  rawYaml: [k8s/a.yml, "k8s/*.json", "k8s/*.yaml", https://host/x.yaml]
`,
      "web/Dockerfile.prod": "",
      besides: "",
      "k8s/a.yaml": "",
    },
    { checkFiles: true },
  );
  expect(`\n${printed}\n`).toBe(`
skaffold.yaml:5:15: error: the context wbe is not a folder
5 |     - {image: a, context: wbe}
  |               ^
  hint: did you mean web?
skaffold.yaml:6:15: error: web/Dockerfile is not there
6 |     - {image: b, context: web}
  |               ^
  hint: docker.dockerfile names another one, relative to the context
skaffold.yaml:7:53: error: web/Dockerfile.prd is not there
7 |     - {image: c, context: web, docker: {dockerfile: Dockerfile.prd}}
  |                                                     ^^^^^^^^^^^^^^
  hint: did you mean Dockerfile.prod?
skaffold.yaml:10:13: error: k8s/a.yml is not there
10 |   rawYaml: [k8s/a.yml, "k8s/*.json", "k8s/*.yaml", https://host/x.yaml]
   |             ^^^^^^^^^
  hint: did you mean a.yaml?
skaffold.yaml:10:24: error: no file matches k8s/*.json
10 |   rawYaml: [k8s/a.yml, "k8s/*.json", "k8s/*.yaml", https://host/x.yaml]
   |                        ^^^^^^^^^^^^
`);
  // A change of one of them may make the configuration usable.
  const absent = ["wbe", "web/Dockerfile", "web/Dockerfile.prd", "k8s/a.yml"];
  expect(files).toEqual(expect.arrayContaining(["skaffold.yaml", ...absent].map((path) => `${folder}/${path}`)));
});

test("an artifact that another builder makes needs no Dockerfile", async () => {
  const body = "build: {artifacts: [{image: a, bazel: {}}]}\n";
  const { diagnostics } = await loadFiles({ "skaffold.yaml": header + body }, { checkFiles: true });
  expect(diagnostics.map(({ message }) => message)).toEqual([
    "bazel is valid, but devloop cannot do it yet, and the result would be wrong without it",
  ]);
});

test("manifests that no run deploys are told, where there are several modules", async () => {
  const module = (name: string, body: string) => `${header}metadata: {name: ${name}}\n${body}`;
  const manifests = "manifests: {rawYaml: [k8s/a.yaml]}\n";
  const deployed = module("deployed", `${manifests}deploy: {kubectl: {}}\n`);
  const several = await loadFiles({
    "skaffold.yaml": [deployed, module("not", manifests), module("none", "")].join("---\n"),
  });
  expect(several.diagnostics).toMatchObject([
    { severity: "warning", message: expect.stringContaining("are not deployed"), at: { line: 10 } },
  ]);
  expect((await loadFiles({ "skaffold.yaml": module("one", manifests) })).diagnostics).toEqual([]);
});

test("folders of kustomize: below manifests and, as the dialect has it, below deploy", async () => {
  const { printed, project } = await loadFiles(
    {
      "skaffold.yaml": `${header}manifests:
  kustomize:
    paths: [overlay, ovrlay, plain, "https://host/x//y?ref=v1", "{{.DIR}}"]
    buildArgs: [--enable-helm, "--env X=1"]
deploy:
  kustomize: {paths: [other, overlay]}
`,
      "overlay/kustomization.yaml": "",
      "other/Kustomization": "",
      "plain/map.yaml": "",
    },
    { checkFiles: true, environment: { DIR: "other" } },
  );
  expect(`\n${printed}\n`).toBe(`
skaffold.yaml:5:22: error: ovrlay is not a folder
5 |     paths: [overlay, ovrlay, plain, "https://host/x//y?ref=v1", "{{.DIR}}"]
  |                      ^^^^^^
  hint: did you mean overlay?
skaffold.yaml:5:30: error: there is no kustomization.yaml in plain
5 |     paths: [overlay, ovrlay, plain, "https://host/x//y?ref=v1", "{{.DIR}}"]
  |                              ^^^^^
  hint: plain manifests are named below manifests.rawYaml
skaffold.yaml:8:3: hint: kustomize is understood; the reference tool calls it manifests.kustomize
`);
  expect(project).toBeUndefined();
});

test.each<[string, { rawYaml: number; kustomizations: [string, string[]][]; deployed: boolean }]>([
  ["manifests: {kustomize: {}}", { rawYaml: 0, kustomizations: [[".", []]], deployed: true }],
  ["deploy: {kustomize: {}}", { rawYaml: 0, kustomizations: [[".", []]], deployed: true }],
  [
    'manifests: {rawYaml: [a.yaml], kustomize: {paths: [x, "{{.DIR}}", x/], buildArgs: [--a, "--b  c"]}}',
    {
      rawYaml: 1,
      kustomizations: [
        ["x", ["--a", "--b", "c"]],
        ["other", ["--a", "--b", "c"]],
      ],
      deployed: true,
    },
  ],
  [
    "manifests: {kustomize: {paths: [x]}}\ndeploy: {kustomize: {paths: [y, x]}, kubectl: {}}",
    {
      rawYaml: 0,
      kustomizations: [
        ["x", []],
        ["y", []],
      ],
      deployed: true,
    },
  ],
])("sources of %s", async (body, expected) => {
  const { project } = await loadConfig(body, { environment: { DIR: "other" } });
  const module = project?.modules[0];
  const { rawYaml = [], kustomizations = [] } = module?.manifests ?? {};
  expect({
    rawYaml: rawYaml.length,
    kustomizations: kustomizations.map(({ directory, buildArgs }) => [
      relative(project?.cwd ?? "", directory) || ".",
      buildArgs,
    ]),
    deployed: module?.deploy.kubectl !== undefined,
  }).toEqual(expected);
});

test("the implied manifests need not be there", async () => {
  const { project } = await loadFiles({ "skaffold.yaml": header }, { checkFiles: true });
  expect(project?.modules[0]?.manifests.rawYaml).toMatchObject([{ isDefault: true }]);
});
