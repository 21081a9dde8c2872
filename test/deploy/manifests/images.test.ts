import { expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { imagesIn, unusedImages, withImages } from "../../../src/deploy/manifests/images.ts";

function pod(...images: string[]): KubeObject {
  const containers = images.map((image, i) => ({ name: `c${i}`, image }));
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers } };
}
const imagesOf = (object: KubeObject) => (object.spec.containers as { image: string }[]).map(({ image }) => image);
const digest = `sha256:${"a".repeat(64)}`;

test.each([
  ["acme/web", "acme/web:new"],
  ["acme/web:v1", "acme/web:new"],
  ["acme/web:latest", "acme/web:new"],
  [`acme/web@${digest}`, `acme/web@${digest}`],
  [`acme/web:v1@${digest}`, `acme/web:v1@${digest}`],
  ["docker.io/acme/web", "acme/web:new"],
  ["acme/web2", "acme/web2"],
  ["other/acme/web", "other/acme/web"],
  ["localhost:5000/acme/web", "localhost:5000/acme/web"],
  ["{{.Image}}", "{{.Image}}"],
  ["", ""],
])("%s becomes %s", (written, expected) => {
  expect(imagesOf(withImages(pod(written), { "acme/web": "acme/web:new" }))).toEqual([expected]);
});

test("a configured tag does not matter, nor does the scheme of ko", () => {
  expect(imagesOf(withImages(pod("web:v2"), { "web:v1": "web:new" }))).toEqual(["web:new"]);
  const references = { "ko://github.com/Acme/web": "reg/web:new" };
  expect(imagesOf(withImages(pod("ko://github.com/acme/web"), references))).toEqual(["reg/web:new"]);
});

test("any field named image is meant, at any depth, in kinds of the list alone", () => {
  const image = "acme/web";
  const references = { [image]: "acme/web:new" };
  const of = (apiVersion: string, kind: string, fields: object): KubeObject => ({
    apiVersion,
    kind,
    metadata: { name: "x" },
    ...fields,
  });
  const deep = { spec: { template: { spec: { initContainers: [{ image }], odd: { image: { image } } } } } };
  const expected = JSON.stringify(deep).replaceAll('"acme/web"', '"acme/web:new"');
  for (const kind of ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"])
    expect(JSON.stringify(withImages(of("apps/v1", kind, deep), references))).toContain(expected.slice(1));
  const jobs = { spec: { jobTemplate: { spec: { template: { spec: { containers: [{ image }] } } } } } };
  expect(imagesIn(of("batch/v1", "CronJob", jobs), [image])).toEqual([image]);
  for (const [version, kind] of [
    ["v1", "ConfigMap"],
    ["example.com/v1", "Deployment"],
    ["apps/v1", "ControllerRevision"],
  ] as const) {
    const object = of(version, kind, deep);
    expect(withImages(object, references)).toBe(object);
  }
  const kafka = of("kafka.strimzi.io/v1beta2", "KafkaConnect", { spec: { image, other: { image } } });
  expect(withImages(kafka, references).spec).toEqual({ image: "acme/web:new", other: { image } });
});

test("resourceSelector adds kinds and paths, and takes them away", () => {
  const image = "acme/web";
  const custom: KubeObject = {
    apiVersion: "example.com/v1",
    kind: "Thing",
    metadata: { name: "x" },
    spec: { run: { image }, other: image },
  };
  const allow = [{ groupKind: "Thing.example.com", image: [".spec.other"], labels: [] }];
  expect(withImages(custom, { [image]: "new:1" }, { allow, deny: [] }).spec).toEqual({
    run: { image },
    other: "new:1",
  });
  const all = [{ groupKind: "Thing.example.com", image: [".*"], labels: [] }];
  expect(withImages(custom, { [image]: "new:1" }, { allow: all, deny: [] }).spec.run).toEqual({ image: "new:1" });
  const deny = [{ groupKind: "Pod", image: [".*"], labels: [] }];
  expect(imagesIn(pod(image), [image], { allow: [], deny })).toEqual([]);
});

test("images that nothing uses are named, with the near miss", () => {
  const told = unusedImages(["acme/web", "acme/api"], [pod("acme/web"), pod("acme/apo:v1")]);
  expect(told).toEqual([{ image: "acme/api", message: "no manifest uses the image acme/api; one names acme/apo" }]);
});
