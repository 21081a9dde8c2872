/** Images that the command line gives: each replaces its name in the manifests, whether the project builds it or not. */
import { afterEach, describe, expect, test } from "bun:test";
import { type CommandFolder, commandFolder } from "../rig/command-line.ts";

const digest = `sha256:${"d".repeat(64)}`;
const pods = (...images: readonly string[]) =>
  images
    .map(
      (image, i) =>
        `apiVersion: v1\nkind: Pod\nmetadata: {name: p${i}}\nspec: {containers: [{name: c, image: "${image}"}]}\n`,
    )
    .join("---\n");
const header = "apiVersion: skaffold/v4beta11\nkind: Config\nmetadata: {name: app}\n";
/** `build`: the section, or none. */
const config = (build: string) => `${header}${build}manifests: {rawYaml: [k8s/*.yaml]}\ndeploy: {kubectl: {}}\n`;

let it: CommandFolder;
afterEach(() => it[Symbol.dispose]());

const buildFile = (builds: Readonly<Record<string, string>>) =>
  JSON.stringify({ builds: Object.entries(builds).map(([imageName, tag]) => ({ imageName, tag })) });

/** Images of the rendered pods, in order. No cluster and no engine can be reached. */
async function rendered(args: readonly string[]): Promise<{ images: string[]; code: number; err: string }> {
  const env = { DOCKER_HOST: `unix://${it.folder}/no-engine` };
  const { code, out, err } = await it.run(["render", ...args], { env });
  return { code, err, images: [...out.matchAll(/image: (\S+)/g)].map(([, image = ""]) => image) };
}

describe("a config without artifacts", () => {
  const table: readonly [title: string, args: readonly string[], written: string, want: string][] = [
    ["by a file", ["-a", "build.json"], "gcr.io/x/y", `gcr.io/x/y:v1@${digest}`],
    ["by a word with tag and digest", ["-i", `gcr.io/x/y:v2@${digest}`], "gcr.io/x/y", `gcr.io/x/y:v2@${digest}`],
    [
      "by a word with a tag",
      ["-i", "docker.io/library/busybox:1"],
      "docker.io/library/busybox",
      "docker.io/library/busybox:1",
    ],
    [
      "by a name in full for one in short",
      ["-i", "docker.io/library/busybox:1"],
      "busybox",
      "docker.io/library/busybox:1",
    ],
    ["by another name", ["-i", "web=registry.example/team/web:v2"], "web", "registry.example/team/web:v2"],
    ["whatever the tag in the manifest", ["-i", "web:v2"], "web:old", "web:v2"],
    ["not one pinned to a digest", ["-i", "web:v2"], `web@${digest}`, `web@${digest}`],
    ["the file before the words", ["-a", "build.json", "-i", "gcr.io/x/y:v3"], "gcr.io/x/y", `gcr.io/x/y:v1@${digest}`],
    ["under --default-repo", ["-i", "web:v2", "-d", "reg.example/team"], "web", "reg.example/team/web:v2"],
    [
      "once under --default-repo",
      ["-i", "web=reg.example/team/web:v2", "-d", "reg.example/team"],
      "web",
      "reg.example/team/web:v2",
    ],
    ["as it is, with --digest-source=none", ["-i", "web:v2", "--digest-source", "none"], "web", "web:v2"],
  ];
  for (const offline of [true, false])
    for (const [title, args, written, want] of table)
      test(`${title}${offline ? ", offline" : ""}`, async () => {
        it = commandFolder({
          "skaffold.yaml": config(""),
          "k8s/app.yaml": pods(written, "other"),
          "build.json": buildFile({ "gcr.io/x/y": `gcr.io/x/y:v1@${digest}` }),
        });
        expect(await rendered([...args, ...(offline ? ["--offline"] : [])])).toMatchObject({
          code: 0,
          images: [want, "other"],
        });
      });

  test("from standard input", async () => {
    it = commandFolder({ "skaffold.yaml": config(""), "k8s/app.yaml": pods("web") });
    const { out } = await it.run(["render", "-a", "-"], { stdin: buildFile({ web: "reg/web:v1" }) });
    expect(out).toContain("image: reg/web:v1");
  });
});

describe("a config with other artifacts", () => {
  const artifacts = "build: {tagPolicy: {envTemplate: {template: policy}}, artifacts: [{image: web, context: web}]}\n";

  test("what is given stands beside what the policy says", async () => {
    it = commandFolder({
      "skaffold.yaml": config(artifacts),
      "k8s/app.yaml": pods("web", "api"),
      "web/Dockerfile": "FROM scratch\n",
    });
    const args = ["-i", "api:v1", "--offline"];
    expect(await rendered(args)).toMatchObject({ code: 0, images: ["web:policy", "api:v1"] });
    expect(await rendered([...args, "-t", "v9"])).toMatchObject({ code: 0, images: ["web:v9", "api:v1"] });
    expect(await rendered([...args, "--digest-source", "none"])).toMatchObject({ code: 0, images: ["web", "api:v1"] });
  });

  test("given artifacts need neither sources nor the cluster", async () => {
    it = commandFolder({ "skaffold.yaml": config(artifacts), "k8s/app.yaml": pods("web", "api") });
    const args = ["-i", "web:v1", "-i", "api:v1"];
    expect(await rendered(args)).toMatchObject({ code: 0, images: ["web:v1", "api:v1"] });
    // An artifact's name in full is the artifact.
    expect(await rendered(["-i", "docker.io/library/web:v1"])).toMatchObject({
      code: 0,
      images: ["docker.io/library/web:v1", "api"],
    });
  });

  test("an artifact that requires a given one has a tag", async () => {
    const both =
      "build: {artifacts: [{image: base, context: base}, {image: web, context: web, requires: [{image: base, alias: BASE}]}], tagPolicy: {inputDigest: {}}}\n";
    it = commandFolder({
      "skaffold.yaml": config(both),
      "k8s/app.yaml": pods("web", "base"),
      "web/Dockerfile": "ARG BASE\nFROM $BASE\n",
    });
    const { images } = await rendered(["-i", "base:v1", "--offline"]);
    expect(images).toEqual([expect.stringMatching(/^web:[0-9a-f]{64}$/), "base:v1"]);
  });
});

describe("what no manifest names", () => {
  test("is told where it was typed, not where a file of several images has it", async () => {
    it = commandFolder({
      "skaffold.yaml": config(""),
      "k8s/app.yaml": pods("web"),
      "build.json": buildFile({ api: "api:v1", worker: "worker:v1" }),
    });
    const { err, code } = await rendered(["-a", "build.json", "-i", "wbe:v1"]);
    expect(code).toBe(0);
    expect(err).toContain("no manifest uses the image wbe; one names web");
    expect(err).not.toContain("worker; ");
    expect(err).not.toContain("no manifest uses the image api");
    expect(err).not.toContain("is no artifact");
  });
});

test("a word without tag and digest is refused", async () => {
  it = commandFolder({ "skaffold.yaml": config(""), "k8s/app.yaml": pods("web") });
  const { code, err } = await it.run(["render", "-i", "web"]);
  expect(code).not.toBe(0);
  expect(err).toContain("has neither tag nor digest");
});
