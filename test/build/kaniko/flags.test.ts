/** Every field of the section as the executor is told it, by its documentation's names. */
import { expect, test } from "bun:test";
import { executorFlags } from "../../../src/build/kaniko/flags.ts";
import { kanikoArtifact } from "./kaniko-artifact.ts";

const always = [
  "--destination=example.test/team/web:v1",
  "--dockerfile=Dockerfile",
  "--context=dir:///kaniko/buildcontext",
  "--digest-file=/dev/termination-log",
  "--insecure-registry=plain.test:5000",
];

async function flagsOf(section: string | undefined, text = "FROM scratch\nARG BASE\nARG SKAFFOLD_RUN_MODE\n") {
  await using it = await kanikoArtifact(section);
  const references = ["example.test/team/web:v1"];
  return executorFlags(it.spec("v1", { BASE: "example.test/base@sha256:0" }), {
    references,
    dockerfile: "Dockerfile",
    text,
  });
}

test("an artifact without a section has the defaults", async () => {
  expect(await flagsOf(undefined, "FROM scratch\n")).toEqual(always);
  expect(await flagsOf("", "FROM scratch\n")).toEqual(always);
});

const rows: [string, ...string[]][] = [
  ["target: last", "--target=last"],
  ["destination: [example.test/other:v2]", "--destination=example.test/other:v2"],
  ["digestFile: /tmp/digest", "--digest-file=/tmp/digest"],
  ["contextSubPath: sub/", "--context-sub-path=sub"],
  ['buildArgs: {A: "{{.IMAGE_TAG}}-{{.IMAGE_NAME}}", B: }', "--build-arg=A=v1-web", "--build-arg=B"],
  ['label: {who: "{{.IMAGE_REPO}}"}', "--label=who=example.test/team"],
  ['registryCertificate: {a.test: "/{{.GREETING}}.crt"}', "--registry-certificate=a.test=/hello.crt"],
  ['imageFSExtractRetry: "2"', "--image-fs-extract-retry=2"],
  ["imageNameWithDigestFile: /tmp/name", "--image-name-with-digest-file=/tmp/name"],
  ["logFormat: json", "--log-format=json"],
  ["ociLayoutPath: /tmp/layout", "--oci-layout-path=/tmp/layout"],
  ['pushRetry: "3"', "--push-retry=3"],
  ["registryMirror: mirror.test", "--registry-mirror=mirror.test"],
  ["snapshotMode: redo", "--snapshot-mode=redo"],
  ["tarPath: /tmp/image.tar", "--tar-path=/tmp/image.tar"],
  ["verbosity: debug", "--verbosity=debug"],
  ["ignorePaths: [/a, /b]", "--ignore-path=/a", "--ignore-path=/b"],
  ["insecureRegistry: [a.test]", "--insecure-registry=a.test"],
  ["skipTLSVerifyRegistry: [a.test]", "--skip-tls-verify-registry=a.test"],
  ["cleanup: true", "--cleanup"],
  ["force: true", "--force"],
  ["insecure: true", "--insecure"],
  ["insecurePull: true", "--insecure-pull"],
  ["logTimestamp: true", "--log-timestamp"],
  ["reproducible: true", "--reproducible"],
  ["singleSnapshot: true", "--single-snapshot"],
  ["skipTLS: true", "--skip-tls-verify"],
  ["skipTLSVerifyPull: true", "--skip-tls-verify-pull"],
  ["skipUnusedStages: true", "--skip-unused-stages"],
  ["useNewRun: true", "--use-new-run"],
  ["whitelistVarRun: true", "--ignore-var-run"],
  ["cache: {}", "--cache", "--cache-run-layers=true"],
  [
    "cache: {repo: example.test/cache, hostPath: /bases, ttl: 6h, cacheCopyLayers: true, cacheRunLayers: false}",
    "--cache",
    "--cache-repo=example.test/cache",
    "--cache-dir=/bases",
    "--cache-ttl=6h",
    "--cache-copy-layers",
    "--cache-run-layers=false",
  ],
];

test.each(rows)("%s", async (section, ...wanted) => {
  const flags = await flagsOf(section, "FROM scratch\n");
  const own = flags.filter((flag) => !always.includes(flag));
  expect(own).toEqual(wanted);
});

test("a switch that is off is no flag", async () => {
  expect(await flagsOf("cleanup: false, insecure: false", "FROM scratch\n")).toEqual(always);
});

test("the run mode and required images are given to a Dockerfile that declares them", async () => {
  expect(await flagsOf("")).toEqual(
    expect.arrayContaining(["--build-arg=SKAFFOLD_RUN_MODE=run", "--build-arg=BASE=example.test/base@sha256:0"]),
  );
});
