/** What no version has: `fix` writes the real form, which the loader then has nothing to say about. */
import { describe, expect, test } from "bun:test";
import { loadProject } from "../../../src/config/load/load.ts";
import { fixText } from "../../../src/config/upgrade/fix.ts";
import { parse } from "./corpus.ts";

const cases: [name: string, body: string, wanted: unknown][] = [
  ["a policy as text", "build: {tagPolicy: inputDigest}", { build: { tagPolicy: { inputDigest: {} } } }],
  ["a capital K", "build: {local: {useBuildKit: true}}", { build: { local: { useBuildkit: true } } }],
  ["infer: true", artifact("sync: {infer: true}"), of({ sync: { infer: ["**/*"] } })],
  ["auto: {}", artifact("sync: {auto: {}}"), of({ sync: { auto: true } })],
  ["cache: true", artifact("kaniko: {cache: true}"), of({ kaniko: { cache: {} } })],
  ["variables as a map", artifact("buildpacks: {env: {A: 1, B: x}}"), of({ buildpacks: { env: ["A=1", "B=x"] } })],
  [
    "variables as pairs",
    artifact("buildpacks: {env: [{name: A, value: b}, {name: C}]}"),
    of({ buildpacks: { env: ["A=b", "C="] } }),
  ],
  ["a text for a list", artifact("docker: {cacheFrom: a}"), of({ docker: { cacheFrom: ["a"] } })],
  ["a list for a map", artifact("docker: {buildArgs: [A=b=c, D]}"), of({ docker: { buildArgs: { A: "b=c", D: "" } } })],
  ["a port in quotes", 'portForward: [{localPort: "9000"}]', { portForward: [{ localPort: 9000 }] }],
  [
    "a command as text",
    artifact("hooks: {before: [{command: make x}]}"),
    of({ hooks: { before: [{ command: ["sh", "-c", "make x"] }] } }),
  ],
  [
    "a wrapper too many",
    "build: {hooks: {after: [{host: {command: make}}]}}",
    { build: { hooks: { after: [{ command: ["sh", "-c", "make"] }] } } },
  ],
  [
    "a wrapper too few",
    "manifests: {hooks: {before: [{command: [a], dir: b}]}}",
    { manifests: { hooks: { before: [{ host: { command: ["a"], dir: "b" } }] } } },
  ],
  [
    "hooks of the deploy phase, one deployer",
    "deploy: {helm: {}, lifecycleHooks: {before: [{command: a, os: [linux]}], after: [{host: {command: [b]}}]}}",
    {
      deploy: {
        helm: {
          hooks: {
            before: [{ host: { command: ["sh", "-c", "a"], os: ["linux"] } }],
            after: [{ host: { command: ["b"] } }],
          },
        },
      },
    },
  ],
  [
    "hooks of the deploy phase, none",
    "deploy: {hooks: {after: [{command: [a]}]}}",
    { deploy: { kubectl: { hooks: { after: [{ host: { command: ["a"] } }] } } } },
  ],
  [
    "hooks of the deploy phase, several",
    "deploy: {kubectl: {hooks: {after: [{host: {command: [k]}}]}}, helm: {}, hooks: {before: [{command: [a]}], after: [{command: [b]}]}}",
    {
      deploy: {
        kubectl: { hooks: { after: [{ host: { command: ["k"] } }, { host: { command: ["b"] } }] } },
        helm: { hooks: { before: [{ host: { command: ["a"] } }] } },
      },
    },
  ],
  [
    "hooks of the deploy phase, Cloud Run",
    "deploy: {cloudrun: {}, hooks: {before: [{host: {command: [a]}}]}}",
    { deploy: { cloudrun: { hooks: { before: [{ command: ["a"] }] } } } },
  ],
];

/** What the loader says of the form of a file, understood or not; what is missing in it is not of interest here. */
async function complaints(text: string): Promise<string[]> {
  const { diagnostics } = await loadProject({
    cwd: "/work-tree",
    file: "-",
    text,
    environment: {},
    command: "dev",
    checkFiles: false,
    signal: new AbortController().signal,
  });
  const messages = diagnostics.map(({ message }) => message);
  return messages.filter((message) => /^expected|^unknown key|understood|not a list/.test(message));
}

function artifact(field: string): string {
  return `build: {artifacts: [{image: a, ${field}}]}`;
}

function of(fields: object): unknown {
  return { build: { artifacts: [{ image: "a", ...fields }] } };
}

describe("fixed at the root and in profiles", () => {
  for (const [name, body, wanted] of cases)
    test(name, async () => {
      const indented = body.replaceAll("\n", "\n    ");
      const text = `apiVersion: skaffold/v4beta14\nkind: Config\n${body}\nprofiles:\n  - name: p\n    ${indented}\n`;
      const fixed = fixText(text, "f.yaml");
      expect(fixed.diagnostics).toEqual([]);
      expect(parse(fixed.text)[0]?.toJS()).toEqual({
        apiVersion: "skaffold/v4beta14",
        kind: "Config",
        ...(wanted as object),
        profiles: [{ name: "p", ...(wanted as object) }],
      });
      expect(fixText(fixed.text, "f.yaml").changes).toEqual([]);
      expect(await complaints(text)).not.toEqual([]);
      expect(await complaints(fixed.text)).toEqual([]);
    });
});

test("hooks that no deployer there can have stay, with a warning", () => {
  const text =
    "apiVersion: skaffold/v4beta14\ndeploy: {docker: {images: [a]}, lifecycleHooks: {before: [{command: [a]}]}}\n";
  const fixed = fixText(text, "f.yaml");
  expect([fixed.text, fixed.changes]).toEqual([text, []]);
  expect(fixed.diagnostics.map(({ severity }) => severity)).toEqual(["warning"]);
});
