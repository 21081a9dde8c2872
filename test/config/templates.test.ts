/** Templates in the configuration: what they see, what is recorded, and where their errors point. */
import { expect, test } from "bun:test";
import type { Templated } from "../../src/config/project.ts";
import { expandTemplated, placeIn } from "../../src/config/templated.ts";
import { dockerOf, loadConfig, loadFiles } from "../rig/config-files.ts";

const arg = async (value: string) => {
  const { module } = await loadConfig(
    `build:\n  artifacts:\n    - image: a\n      docker:\n        buildArgs:\n          A: ${value}\n`,
  );
  return dockerOf(module).buildArgs.A as Templated;
};

test("texts without images are expanded at once; what they read is recorded", async () => {
  const { project, module } = await loadConfig(
    `deploy: {kubectl: {defaultNamespace: "{{.TEAM}}-{{.NONE}}"}}
manifests: {rawYaml: ["{{.DIR}}/*.yaml", '{{env "OTHER"}}.yaml']}
portForward: [{resourceType: service, resourceName: "{{.TEAM | upper}}", port: http}]
`,
    { environment: { TEAM: "red", DIR: "k", OTHER: "o", UNUSED: "u" } },
  );
  expect(module.deploy.kubectl?.defaultNamespace).toBe("red-<no value>");
  expect(module.manifests.rawYaml.map(({ pattern }) => pattern.split("/").slice(-2).join("/"))).toEqual([
    "k/*.yaml",
    `${project?.cwd.split("/").at(-1)}/o.yaml`,
  ]);
  expect(module.portForward[0]?.resourceName).toBe("RED");
  expect(project?.variables).toEqual(["DIR", "NONE", "OTHER", "TEAM"]);
});

test("texts that need an image are expanded later; given variables win over the environment", async () => {
  const { module, environment } = await loadConfig(
    'build: {artifacts: [{image: a, docker: {buildArgs: {T: "{{.IMAGE_TAG}} {{.STAGE}}", N: }}}]}\n',
    { environment: { STAGE: "dev", IMAGE_TAG: "never" } },
  );
  const args = dockerOf(module).buildArgs;
  expect(args.N).toBeNull();
  expect(expandTemplated(args.T as Templated, { IMAGE_TAG: "v1" }, environment)).toBe("v1 dev");
  expect(environment.read()).toEqual(["STAGE"]);
});

test("cmd runs a command where one may be run", async () => {
  const config = 'deploy: {kubectl: {defaultNamespace: \'{{cmd "git" "branch"}}\'}}\n';
  const { module } = await loadConfig(config, { runCommand: (argv) => argv.join("+") });
  expect(module.deploy.kubectl?.defaultNamespace).toBe("git+branch");
  expect((await loadConfig(config)).printed).toContain("error calling cmd: commands cannot be run here");
});

test.each([
  ["plain", "x{{.A.B.C}}", 8],
  ["double quotes, with escapes before", '"\\u00e9\\t\\"{{.A.B.C}}"', 8],
  ["single quotes, with a quote before", "'it''s {{.A.B.C}}'", 8],
  ["a literal block", "|\n            one\n            two {{.A.B.C}}", 10],
  ["a folded block", ">-\n            one\n            two {{.A.B.C}}", 10],
  ["a plain text over two lines", "one\n            two {{.A.B.C}}", 9],
] as const)("an error points at its character: %s", async (_name, value, line) => {
  const template = await arg(value);
  const place = placeIn(template, template.text.indexOf("A.B"));
  expect([place.line, place.text.slice(place.column - 1)]).toEqual([line, value.slice(value.indexOf("A.B"))]);
});

test("a missing variable names itself and its place", async () => {
  const { printed } = await loadConfig(
    'portForward:\n  - {resourceType: pod, resourceName: "a-{{ .POD }}", port: 1}\n',
  );
  expect(`\n${printed}\n`).toBe(`
skaffold.yaml:4:45: error: POD is not set
4 |   - {resourceType: pod, resourceName: "a-{{ .POD }}", port: 1}
  |                                             ^
  hint: set the environment variable POD
`);
});

test("a template that is none", async () => {
  const { printed } = await loadConfig('deploy: {kubectl: {defaultNamespace: "a{{.X"}}\n');
  expect(printed).toStartWith("skaffold.yaml:3:40: error: in the template: unclosed action");
});

test("skaffold.env where devloop was started, devloop.env beside the config, the process's own first", async () => {
  const { module, project } = await loadFiles(
    {
      "skaffold.env": "A=skaffold\nB=skaffold\nC=skaffold\n",
      "x/devloop.env": "A=devloop\nB=devloop\n",
      "x/skaffold.yaml":
        'apiVersion: skaffold/v4beta14\nkind: Config\ndeploy: {kubectl: {defaultNamespace: "{{.A}} {{.B}} {{.C}}"}}\n',
    },
    { file: "x/skaffold.yaml", environment: { A: "process" } },
  );
  expect(module.deploy.kubectl?.defaultNamespace).toBe("process devloop skaffold");
  expect(project?.files.map((file) => file.slice(project.cwd.length + 1))).toEqual([
    "skaffold.env",
    "x/devloop.env",
    "x/skaffold.yaml",
  ]);
});
