/** What makes an image that the executor builds another one, and what does not. */
import { expect, test } from "bun:test";
import { inspectKaniko } from "../../../src/build/kaniko/inspect.ts";
import { jsonDigest } from "../../../src/std/data/json-digest.ts";
import { kanikoArtifact } from "./kaniko-artifact.ts";

const files = { "web/Dockerfile": "FROM base:1 AS last\nARG A\nCOPY a /\n", "web/a": "a" };

async function keyOf(section: string, cluster = "", tag = "v1"): Promise<string> {
  await using it = await kanikoArtifact(section, cluster, files);
  const inspection = await inspectKaniko(it.spec().section, (of) => it.spec(of));
  return jsonDigest(inspection.keyParts(tag, (value) => `sealed ${value}`));
}

test.each([
  "target: last",
  "image: example.test/executor:2",
  "destination: [example.test/other]",
  "reproducible: true",
  "singleSnapshot: true",
  "snapshotMode: time",
  "ignorePaths: [/a]",
  "label: {a: b}",
  "buildArgs: {A: b}",
  "env: [{name: A, value: b}]",
  "volumeMounts: [{name: a, mountPath: /a}]",
])("%s is another image", async (section) => {
  expect(await keyOf(section)).not.toBe(await keyOf(""));
});

test.each([
  ["verbosity: debug", ""],
  ["logFormat: json, logTimestamp: true", ""],
  ["pushRetry: '3', imageFSExtractRetry: '3', copyMaxRetries: 7, copyTimeout: 1m", ""],
  ["buildContextCompressionLevel: 9", ""],
  ["cache: {repo: example.test/cache}", ""],
  ["cleanup: true", ""],
  ["imagePullSecret: s", ""],
  ["buildArgs: {UNDECLARED: b}", ""],
  ["", "namespace: other, timeout: 5m, pullSecretName: s, resources: {limits: {cpu: '1'}}, labels: {a: b}"],
])("kaniko {%s} and cluster {%s} are not", async (section, cluster) => {
  expect(await keyOf(section, cluster)).toBe(await keyOf(""));
});

test("the tag counts where a declared arg has it", async () => {
  const section = 'buildArgs: {A: "{{.IMAGE_TAG}}"}';
  expect(await keyOf(section, "", "v2")).not.toBe(await keyOf(section));
  expect(await keyOf("", "", "v2")).toBe(await keyOf(""));
});

test("base images are those of their registries; files are what the Dockerfile copies", async () => {
  await using it = await kanikoArtifact("", "", files);
  const { bases, sources } = await inspectKaniko(it.spec().section, (tag) => it.spec(tag));
  expect(bases).toEqual({ names: ["base:1"], pulled: true });
  expect([sources.part("a", "file"), sources.part("b", "file")]).toEqual(["in", "out"]);
});
