import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LanguageClient } from "../rig/language-client.ts";

const header = "apiVersion: skaffold/v4beta14\nkind: Config\n";
const part = `${header}metadata: {name: part}
profiles:
  - name: fast
`;
const files = {
  "part/skaffold.yaml": part,
  "web/Dockerfile": "FROM scratch\n",
  "web/Other": "FROM scratch\n",
  "k8s/a.yaml": "\n",
  "k8s/b.yaml": "\n",
  "overlay/kustomization.yml": "\n",
};

let client: LanguageClient;
beforeAll(async () => {
  client = await LanguageClient.start(files);
});
afterAll(() => client[Symbol.asyncDispose]());

describe("diagnostics", () => {
  test("of unsaved text, with place and suggestion, and gone when it is right", async () => {
    const wrong = await client.put("skaffold.yaml", `${header}biuld: {}\nportForward:\n  - port: x\n`);
    expect(wrong.map(({ message }) => message)).toEqual([
      'unknown key "biuld"\nhint: did you mean build?',
      "resourceType is missing here",
    ]);
    expect(wrong[0]).toMatchObject({
      severity: 1,
      source: "devloop",
      range: { start: { line: 2, character: 0 }, end: { line: 2, character: 5 } },
    });
    expect(await client.put("skaffold.yaml", header, "didChange")).toEqual([]);
  });

  test("of the whole project: files that are not there, modules that nobody has", async () => {
    const text = `${header}requires:\n  - path: part\n    configs: [prat]\nmanifests:\n  rawYaml: [none/*.yaml]\n`;
    const messages = (await client.put("skaffold.yaml", text)).map(({ message }) => String(message).split("\n")[0]);
    expect(messages[0]).toBe('there is no module "prat" in that file');
    expect(messages.some((message) => message?.includes("no file matches none/*.yaml"))).toBe(true);
  });

  test("follow what another open text and a saved file say", async () => {
    const text = `${header}requires:\n  - path: part\n    configs: [renamed]\n`;
    expect(await client.put("skaffold.yaml", text)).toHaveLength(1);
    await client.put("part/skaffold.yaml", part.replace("name: part", "name: renamed"));
    const uri = client.uri("part/skaffold.yaml");
    await client.connection.sendNotification("textDocument/didSave", { textDocument: { uri } });
    await client.until("skaffold.yaml", (found) => found.length === 0);
    await client.connection.sendNotification("textDocument/didClose", { textDocument: { uri } });
    writeFileSync(join(client.folder, "part/skaffold.yaml"), part);
    await client.connection.sendNotification("textDocument/didSave", { textDocument: { uri } });
    await client.until("skaffold.yaml", (found) => found.length === 1);
  });

  test("of old versions point at what was written", async () => {
    const text = "apiVersion: skaffold/v2beta29\nkind: Config\ndeploy:\n  kubectl:\n    manifests: [none.yaml]\n";
    const [found] = await client.put("skaffold.yaml", text);
    expect(found).toMatchObject({ range: { start: { line: 4, character: 16 } } });
  });
});

describe("hover", () => {
  test("explains the field of a key and of a value", async () => {
    const text = (mark: string) =>
      `${header}build:\n  artifacts:\n    - image: a\n      docker: {${mark}: Dock‸erfile}\n`;
    const onKey = await client.hover("skaffold.yaml", text("docker‸file").replace("Dock‸", "Dock"));
    expect(onKey?.contents).toMatchObject({ kind: "markdown" });
    expect(JSON.stringify(onKey)).toContain("build.artifacts[].docker.dockerfile");
    expect(JSON.stringify(onKey)).toContain("Default: Dockerfile.");
    expect(JSON.stringify(await client.hover("skaffold.yaml", text("dockerfile")))).toContain("docker.dockerfile");
  });

  test("has nothing for what the schema does not know", async () => {
    expect(await client.hover("skaffold.yaml", `${header}nonsen‸se: {}\n`)).toBeNull();
    expect(await client.hover("skaffold.yaml", "‸")).toBeNull();
  });
});

describe("completion", () => {
  const artifacts = "build:\n  artifacts:\n    - image: web\n      context: web\n    - image: api\n";

  test.each<[string, string, readonly string[], readonly string[]]>([
    ["keys of the document", `${header}‸\nbuild: {}\n`, ["deploy", "profiles"], ["build", "kind", "image"]],
    ["keys of a section", `${header}build:\n  ‸`, ["artifacts", "tagPolicy"], ["deploy"]],
    ["a key half typed", `${header}build:\n  artifacts: []\n  tag‸`, ["tagPolicy"], ["artifacts"]],
    ["keys of an item of a list", `${header}${artifacts}      ‸`, ["context", "docker", "sync"], ["image"]],
    ["the first key of an item", `${header}build:\n  artifacts:\n    - ‸`, ["image", "context"], ["artifacts"]],
    ["lists at their key's column", `${header}build:\n  artifacts:\n  - image: a\n    ‸`, ["docker"], ["image"]],
    ["keys in a profile", `${header}profiles:\n  - name: a\n    build:\n      ‸`, ["tagPolicy"], ["name"]],
    ["values of an enumeration", `${header}portForward:\n  - resourceType: ‸`, ["service", "deployment"], ["true"]],
    ["true and false", `${header}build:\n  local:\n    push: ‸`, ["true", "false"], []],
    ["versions", "apiVersion: ‸", ["skaffold/v4beta14", "skaffold/v1"], []],
    ["artifacts that are required", `${header}${artifacts}      requires:\n        - image: ‸`, ["web", "api"], []],
    ["artifacts to test", `${header}${artifacts}test:\n  - image: ‸`, ["web", "api"], []],
    ["modules of the required file", `${header}requires:\n  - path: part\n    configs:\n      - ‸`, ["part"], ["path"]],
    [
      "profiles of the required file",
      `${header}requires:\n  - path: part\n    activeProfiles:\n      - name: ‸`,
      ["fast"],
      [],
    ],
    [
      "profiles of this file",
      `${header}requires:\n  - activeProfiles:\n      - name: x\n        activatedBy:\n          - ‸\nprofiles:\n  - name: mine\n`,
      ["mine"],
      [],
    ],
    ["another document of the file", `${header}build: {}\n---\n${header}‸`, ["build"], ["kind"]],
  ])("%s", async (_what, marked, some, none) => {
    const labels = await client.completions("skaffold.yaml", marked);
    expect(labels).toEqual(expect.arrayContaining([...some]));
    for (const label of none) expect(labels).not.toContain(label);
  });

  test.each([
    ["in a comment", `${header}# ‸`],
    ["where any text is allowed", `${header}${artifacts}      context: ‸`],
    ["inside brackets", `${header}build: {‸}`],
  ])("nothing %s", async (_where, marked) => {
    expect(await client.completions("skaffold.yaml", marked)).toEqual([]);
  });
});

describe("definition", () => {
  const artifact = (rest: string) => `${header}build:\n  artifacts:\n    - image: web\n      context: web\n${rest}`;

  test.each([
    ["a required file", `${header}requires:\n  - path: pa‸rt\n`, ["part/skaffold.yaml"]],
    ["a Dockerfile", artifact("      docker:\n        dockerfile: Oth‸er\n"), ["web/Other"]],
    ["the Dockerfile of a context", artifact("").replace("context: web", "context: w‸eb"), ["web/Dockerfile"]],
    ["manifests of a glob", `${header}manifests:\n  rawYaml:\n    - k8s/‸*.yaml\n`, ["k8s/a.yaml", "k8s/b.yaml"]],
    ["a kustomization", `${header}manifests:\n  kustomize:\n    paths: [overl‸ay]\n`, ["overlay/kustomization.yml"]],
    ["nothing for a file that is not there", `${header}manifests:\n  rawYaml: [no‸ne.yaml]\n`, []],
  ])("%s", async (_what, marked, paths) => {
    const found = await client.definition("skaffold.yaml", marked);
    expect(found.map(({ uri }) => uri)).toEqual(paths.map((path) => client.uri(path)));
  });

  test("a module, a profile, an artifact: the place of its name", async () => {
    const module = await client.definition(
      "skaffold.yaml",
      `${header}requires:\n  - path: part\n    configs: [pa‸rt]\n`,
    );
    expect(module).toEqual([
      {
        uri: client.uri("part/skaffold.yaml"),
        range: { start: { line: 2, character: 17 }, end: { line: 2, character: 21 } },
      },
    ]);
    const text = artifact("    - image: api\n      requires:\n        - image: we‸b\n");
    expect(await client.definition("skaffold.yaml", text)).toEqual([
      {
        uri: client.uri("skaffold.yaml"),
        range: { start: { line: 4, character: 13 }, end: { line: 4, character: 16 } },
      },
    ]);
  });
});

test("what is not known is refused, and the session goes on", async () => {
  await expect(client.connection.sendRequest("textDocument/rename", {})).rejects.toThrow("does not do");
  await client.connection.sendNotification("textDocument/didChange", { textDocument: null });
  expect(
    await client.connection.sendRequest("textDocument/hover", { textDocument: { uri: "file:///none" } }),
  ).toBeNull();
});

test("ends with 0 when it was asked to, else with 1", async () => {
  await using asked = await LanguageClient.start({});
  expect(await asked.stop()).toBe(0);
  await using sudden = await LanguageClient.start({});
  expect(await sudden.exit()).toBe(1);
});
