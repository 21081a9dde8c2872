/** The schema itself: what comes out of it, what devloop does not act on yet, and that its pages are current. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { jsonSchema } from "../../src/config/schema/json-schema.ts";
import { mistakeKeys } from "../../src/config/schema/mistakes.ts";
import { referencePage } from "../../src/config/schema/reference.ts";
import { config } from "../../src/config/schema/sections/config.ts";
import type { ObjectType, Type } from "../../src/config/schema/type.ts";
import { notActedOn } from "../../src/config/schema/walk.ts";
import { newest, type Version } from "../../src/config/upgrade/versions.ts";
import { isJsonRecord } from "../../src/std/data/json.ts";

const objects = new Map<string, ObjectType>();
function collect(type: Type): void {
  if (type.kind === "list" || type.kind === "map") collect(type.of);
  if (type.kind !== "object" || objects.has(type.name)) return;
  objects.set(type.name, type);
  for (const { type: inner } of Object.values(type.fields)) collect(inner);
}
collect(config);

test("fields that devloop reads and does not act on yet", () => {
  const of = (wanted: string) => notActedOn().flatMap(({ path, reason }) => (reason === wanted ? [path] : []));
  expect(of("wrong")).toMatchInlineSnapshot(`
    [
      "requires[].googleCloudStorage",
      "requires[].googleCloudBuildRepoV2",
      "build.hooks",
      "build.artifacts[].bazel",
      "build.artifacts[].jib",
      "build.artifacts[].platforms",
      "build.tagPolicy.customTemplate.components[].customTemplate",
      "build.platforms",
      "build.googleCloudBuild",
      "manifests.remoteManifests",
      "manifests.kpt",
      "manifests.transform",
      "deploy.docker",
      "deploy.kpt",
      "deploy.cloudrun",
    ]
  `);
  expect(of("harmless")).toMatchInlineSnapshot(`
    [
      "build.artifacts[].runtimeType",
      "build.local.tryImportMissing",
      "test",
      "manifests.validate",
      "manifests.output",
      "deploy.kubectl.remoteManifests",
      "verify",
      "customActions",
    ]
  `);
});

test("the reference page is current: bun scripts/config-reference.ts", async () => {
  expect(await Bun.file(join(import.meta.dir, "../../docs/config.md")).text()).toBe(referencePage());
});

test("mistakes are told for objects that exist, and for keys that do not", () => {
  for (const [name, keys] of Object.entries(mistakeKeys)) {
    const fields = objects.get(name)?.fields;
    expect(fields, name).toBeDefined();
    for (const key of Object.keys(keys)) expect(fields, `${name}.${key}`).not.toHaveProperty([key]);
  }
});

test("every field has a description that is a sentence", () => {
  for (const { name, fields } of objects.values())
    for (const [key, { description }] of Object.entries(fields))
      expect(description, `${name}.${key}`).toMatch(/^[A-Z`/].*\.$/s);
});

test("the JSON schema of a version has its fields and no later ones", () => {
  const fieldsOf = (version: string, name: string) => {
    const { definitions } = jsonSchema(version as Version);
    const definition = isJsonRecord(definitions) ? definitions[name] : undefined;
    return isJsonRecord(definition) && isJsonRecord(definition.properties) ? Object.keys(definition.properties) : [];
  };
  expect(fieldsOf("v4beta14", "BuildpackArtifact")).toContain("buildArgs");
  expect(fieldsOf("v4beta13", "BuildpackArtifact")).not.toContain("buildArgs");
  expect(fieldsOf("v4beta11", "HelmRelease")).not.toContain("dependsOn");
});

test("every reference of the JSON schema leads somewhere", () => {
  const schema = jsonSchema(newest);
  const names = new Set(Object.keys(schema.definitions as object));
  const references = [...JSON.stringify(schema).matchAll(/"#\/definitions\/(\w+)"/g)].map((m) => m[1] as string);
  expect(references.filter((name) => !names.has(name))).toEqual([]);
  expect(references.length).toBeGreaterThan(80);
});
