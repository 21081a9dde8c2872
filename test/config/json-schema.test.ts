/** The JSON schema of every version takes the files of that version, and no key that it does not have. */
import { expect, test } from "bun:test";
import { jsonSchema } from "../../src/config/schema/json-schema.ts";
import { type Version, versions } from "../../src/config/upgrade/versions.ts";
import { isJsonRecord, type Json, type JsonRecord } from "../../src/std/data/json.ts";
import { schemaFaults } from "../rig/json-schema.ts";
import { parse, samples } from "./upgrade/corpus.ts";

const schemas = new Map(versions.map((version) => [version, jsonSchema(version)]));

/** The documents of a text of the version, as an editor sees them: aliases and merges resolved. */
function documents(text: string): JsonRecord[] {
  return parse(text)
    .map((document) => document.toJS({ maxAliasCount: -1 }) as Json)
    .filter(isJsonRecord);
}

function faults(version: string, document: Json): readonly string[] {
  const schema = schemas.get(version as Version);
  return schema ? schemaFaults(schema, document) : [`no schema of ${version}`];
}

test.each(samples.map(({ name, version, old }) => ({ name, version, old })))("$name is valid", ({ version, old }) => {
  for (const document of documents(old)) expect(faults(version, document)).toEqual([]);
});

test.each([...versions])("%s takes no key that it does not have", (version) => {
  const document = { apiVersion: `skaffold/${version}`, kind: "Config" };
  expect(faults(version, document)).toEqual([]);
  expect(faults(version, { ...document, nothing: 1 })).toEqual(["nothing: unknown"]);
  expect(faults(version, { ...document, build: { artifacts: [{ image: "a", nothing: 1 }] } })).toContain(
    "build.artifacts.0.nothing: unknown",
  );
  expect(faults(version, { ...document, build: [] })).not.toEqual([]);
  expect(faults(version, { kind: "Config" })).toEqual(["apiVersion: missing"]);
});

test("a key is there from the version on that brought it, until the one that took it", () => {
  const has = (version: string, document: JsonRecord) =>
    faults(version, { apiVersion: `skaffold/${version}`, kind: "Config", ...document }).length === 0;
  const taking = (document: JsonRecord) => versions.filter((version) => has(version, document));
  expect(taking({ build: { artifacts: [{ imageName: "a" }] } })).toEqual(versions.slice(0, 3));
  expect(taking({ manifests: { rawYaml: ["a"] } })).toEqual(versions.slice(versions.indexOf("v3alpha1" as Version)));
  const inProfile = { profiles: [{ name: "a", build: { artifacts: [{ image: "a", runtimeType: "go" }] } }] };
  expect(taking(inProfile)).toEqual(versions.slice(versions.indexOf("v4beta2" as Version)));
});
