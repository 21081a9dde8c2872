/** What the user reads when a config is wrong: whole texts, so that a change of words is seen in review. */
import { expect, test } from "bun:test";
import { dockerOf, loadConfig, loadFiles } from "../rig/config-files.ts";

test("every mistake of every document at once, in the order of the file", async () => {
  const { printed, project } = await loadConfig(`build:
  artifacts:
    - image: web
      contxt: .
      docker: {dockerFile: Dockerfile}
    - image: web
      context: [a]
    -
  tagPolicy: sha256
  local: {useBuildkit: "true", concurrency: "4"}
deploy:
  statusCheckDeadlineSeconds: 10s
portForward:
  - {resourceType: servce, resourceName: web, port: 99999}
`);
  expect(project).toBeUndefined();
  expect(`\n${printed}\n`).toBe(`
skaffold.yaml:6:7: error: unknown key "contxt"
6 |       contxt: .
  |       ^^^^^^
  hint: did you mean context?
skaffold.yaml:7:16: error: unknown key "dockerFile"
7 |       docker: {dockerFile: Dockerfile}
  |                ^^^^^^^^^^
  hint: did you mean dockerfile?
skaffold.yaml:8:14: error: web is built twice, first in skaffold.yaml:5
8 |     - image: web
  |              ^^^
  hint: give one of them another name
skaffold.yaml:9:16: error: expected a text, found a list
9 |       context: [a]
  |                ^^^
skaffold.yaml:10:6: error: an item of the list is empty
10 |     -
   |      ^
skaffold.yaml:11:14: error: expected a map, found a text
11 |   tagPolicy: sha256
   |              ^^^^^^
  hint: write {sha256: {}}
skaffold.yaml:12:24: error: expected true or false, found a text
12 |   local: {useBuildkit: "true", concurrency: "4"}
   |                        ^^^^^^
  hint: take the quotes off
skaffold.yaml:12:45: error: expected a whole number, found a text
12 |   local: {useBuildkit: "true", concurrency: "4"}
   |                                             ^^^
  hint: take the quotes off
skaffold.yaml:14:31: error: expected a whole number, found a text
14 |   statusCheckDeadlineSeconds: 10s
   |                               ^^^
  hint: leave the unit out
skaffold.yaml:16:20: error: "servce" is not possible here
16 |   - {resourceType: servce, resourceName: web, port: 99999}
   |                    ^^^^^^
  hint: did you mean service?
skaffold.yaml:16:53: error: 99999 is no port: ports go from 1 to 65535
16 |   - {resourceType: servce, resourceName: web, port: 99999}
   |                                                     ^^^^^
`);
});

test("a required field under a wrong name is told once", async () => {
  const { diagnostics } = await loadConfig(
    "build: {artifacts: [{imge: a}, {name: b}, {imgae: 1, context: c}, {kind: d}]}\n",
  );
  expect(diagnostics.map(({ message }) => message)).toEqual([
    'unknown key "imge"',
    'unknown key "name"',
    'unknown key "imgae"',
    "image is missing here",
    'unknown key "kind"',
  ]);
});

test("what excludes each other, what is missing, and what is empty", async () => {
  const { printed } = await loadConfig(`build:
  artifacts:
    - context: web
      docker: {}
      kaniko: {}
      sync: {infer: ["**/*"], manual: [{src: a}]}
  tagPolicy:
    sha256:
  local: {}
  cluster: {}
`);
  expect(`\n${printed}\n`).toBe(`
skaffold.yaml:5:7: error: image is missing here
5 |     - context: web
  |       ^^^^^^^
skaffold.yaml:6:15: error: docker artifacts cannot be built in the cluster
6 |       docker: {}
  |               ^^
  hint: write kaniko: {} for it
skaffold.yaml:7:7: error: kaniko and docker (line 6) exclude each other
7 |       kaniko: {}
  |       ^^^^^^
  hint: leave one of them out
skaffold.yaml:8:31: error: manual and infer (line 8) exclude each other
8 |       sync: {infer: ["**/*"], manual: [{src: a}]}
  |                               ^^^^^^
  hint: leave one of them out
skaffold.yaml:8:41: error: dest is missing here
8 |       sync: {infer: ["**/*"], manual: [{src: a}]}
  |                                         ^^^
skaffold.yaml:10:5: warning: sha256 is empty and counts as absent
10 |     sha256:
   |     ^^^^^^
  hint: write sha256: {}
skaffold.yaml:12:3: error: cluster and local (line 11) exclude each other
12 |   cluster: {}
   |   ^^^^^^^
  hint: leave one of them out
`);
});

test("a document that is no config, and a version that is none", async () => {
  const { printed } = await loadFiles({
    "skaffold.yaml":
      "apiVersion: v1\nkind: Pod\n---\nkind: Config\n---\n- a\n---\napiVersion: skaffold/v4beta41\nkind: Config\n",
  });
  expect(printed).toContain("skaffold.yaml:1:13: error: v1 is no apiVersion");
  expect(printed).toContain("skaffold.yaml:4:1: error: not a config: it has no apiVersion");
  expect(printed).toContain("skaffold.yaml:6:1: error: a config is a map of sections, this is none");
  expect(printed).toContain("skaffold.yaml:8:13: error: skaffold/v4beta41 is newer than any version");
});

test.each([
  ["build: {artifacts: [{image: a, sync: {infer: true}}]}", 'write ["**/*"]'],
  ["build: {artifacts: [{image: a, sync: {auto: {}}}]}", "write auto: true"],
  ["build: {artifacts: [{image: a, docker: {cacheFrom: b}}]}", 'write ["b"]'],
  ["build: {artifacts: [{image: a, docker: {buildArgs: [A=b]}}]}", "write NAME: value, without dashes"],
  ["build: {artifacts: {image: a}}", "put a dash before it"],
  ["build: {artifacts: [{image: a, buildpacks: {env: [{name: A, value: b}]}}]}", "write a list of NAME=value texts"],
  ["build: {local: {useBuildKit: true}}", "write useBuildkit: with a small k"],
  ["build: {artifacts: [{image: a, hooks: {before: [{command: make x}]}}]}", 'write ["sh", "-c", "make x"]'],
  ["deploy: {hooks: {before: []}}", "write kubectl: {hooks: {before: [{host: {command: [...]}}]}}"],
  ["manifests: {hooks: {before: [{command: [make]}]}}", "write host: {command: [...]}"],
  ["portForward: [{type: service, name: a, port: 1}]", "write resourceType:"],
])("a form that is nearly right is refused with the rewrite: %s", async (body, rewrite) => {
  const { printed, project } = await loadConfig(`${body}\n`);
  expect(project).toBeUndefined();
  expect(printed).toContain(`hint: ${rewrite}`);
});

test("the two fields beyond the reference are understood and named", async () => {
  const { diagnostics, module } = await loadConfig(
    "deploy:\n  lifecycleHooks:\n    before: [{command: [make, x], os: [linux]}]\n",
  );
  expect(diagnostics.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
    "hint: lifecycleHooks is understood; the reference tool calls it deploy.kubectl.hooks with `host:` items",
  ]);
  expect(module.deploy.lifecycleHooks.before.map(({ command, os }) => [command, os])).toEqual([
    [["make", "x"], ["linux"]],
  ]);
});

test("yes and no as YAML 1.1 has them; texts as they are written", async () => {
  const { module, printed } = await loadConfig(
    'build:\n  local: {push: "no", useBuildkit: yes}\n  artifacts: [{image: a, docker: {target: on, buildArgs: {V: 1.10, W: 0x10, B: true}}}]\n',
  );
  expect(module.build.local).toMatchObject({ push: false, useBuildkit: true });
  const docker = dockerOf(module);
  expect(docker.target).toBe("on");
  expect(Object.values(docker.buildArgs).map((arg) => arg?.text)).toEqual(["1.10", "0x10", "true"]);
  expect(printed).toContain('read as the text "1.10"; the reference tool reads "1.1"');
});
