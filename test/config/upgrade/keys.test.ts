/** Keys are those of the stated version; the newest version's keys are those of the schema. */
import { expect, test } from "bun:test";
import { config } from "../../../src/config/schema/sections/config.ts";
import type { Type } from "../../../src/config/schema/type.ts";
import type { Shape } from "../../../src/config/upgrade/history/notation.ts";
import { shapeOf, versionsWith } from "../../../src/config/upgrade/history/shapes.ts";
import { newest, type Version, versions } from "../../../src/config/upgrade/versions.ts";
import { upgraded } from "./upgraded.ts";

test("the newest version has the keys of the schema", () => {
  expect(keysOfShape(shapeOf(newest))).toEqual(keysOfType(config));
});

test("every version can be replayed and has the keys that all versions have", () => {
  for (const version of versions)
    for (const key of ["apiVersion", "kind", "build", "deploy"]) expect(shapeOf(version).fields.has(key)).toBe(true);
});

test("a key is known in the versions that had it", () => {
  expect(versionsWith(["build", "artifacts", "imageName"])).toEqual(["v1alpha1", "v1alpha2", "v1alpha3"] as Version[]);
  expect(versionsWith(["manifests"])[0]).toBe("v3alpha1" as Version);
  expect(versionsWith(["profiles", "build", "kaniko"]).at(-1)).toBe("v1beta6" as Version);
  expect(versionsWith(["nothing"])).toEqual([]);
});

test("a key of a newer version is refused, with the version that it needs", () => {
  const { said, diagnostics, data } = upgraded(
    "apiVersion: skaffold/v2beta5\nkind: Config\nmanifests: {rawYaml: [a]}\n",
  );
  expect(said).toEqual(['error: unknown key "manifests" in skaffold/v2beta5 @ manifests']);
  expect(diagnostics[0]?.suggestion).toBe("known since skaffold/v3alpha1: state that version or a newer one");
  expect(data).toEqual({ apiVersion: "skaffold/v4beta14", kind: "Config" });
});

test("a key of an older version is refused, with the version that had it last", () => {
  const text = "apiVersion: skaffold/v2beta5\nkind: Config\nbuild:\n  artifacts:\n    - imageName: a\n";
  const { said, diagnostics } = upgraded(text);
  expect(said).toEqual(['error: unknown key "imageName" in skaffold/v2beta5 @ imageName']);
  expect(diagnostics[0]?.suggestion).toContain("skaffold/v1alpha3 was the last version with it");
});

test("a misspelt key is refused, with what was meant, in profiles too", () => {
  const { said, diagnostics } = upgraded(
    "apiVersion: skaffold/v2beta29\nprofiles:\n  - name: a\n    build: {artifact: []}\n",
  );
  expect(said).toEqual(['error: unknown key "artifact" in skaffold/v2beta29 @ artifact']);
  expect(diagnostics[0]?.suggestion).toBe("did you mean artifacts?");
});

test("all unknown keys are told at once", () => {
  const { said } = upgraded("apiVersion: skaffold/v1\nfoo: 1\nbuild: {bar: 2, local: {baz: 3}}\n");
  expect(said.length).toBe(3);
});

test("keys with a dot, and what cluster and kaniko hold since v2beta11, are not looked at", () => {
  const body = ".x: {y: 1}\nbuild:\n  cluster: {foo: 1}\n  artifacts: [{image: a, kaniko: {bar: 1}}]\n";
  expect(upgraded(`apiVersion: skaffold/v2beta11\n${body}`).said).toEqual([]);
  expect(upgraded(`apiVersion: skaffold/v2beta10\n${body}`).said.length).toBe(2);
});

test("from v3alpha1 on the schema speaks of keys that no version has, or older ones had", () => {
  const body = "deploy:\n  lifecycleHooks: {before: [{command: [a]}]}\n  kubectl: {manifests: [a], foo: 1}\n";
  expect(upgraded(`apiVersion: skaffold/v4beta11\n${body}`).said).toEqual([]);
  const newer = "deploy: {helm: {concurrency: 2}}\n";
  expect(upgraded(`apiVersion: skaffold/v4beta11\n${newer}`).said).toEqual([
    'error: unknown key "concurrency" in skaffold/v4beta11 @ concurrency',
  ]);
});

function keysOfShape(shape: Shape, path = "", found = new Set<string>(), above: readonly Shape[] = []): Set<string> {
  if (above.includes(shape)) return found;
  for (const [key, field] of shape.fields) {
    found.add(`${path}${key}`);
    if (field.shape) keysOfShape(field.shape, `${path}${key}.`, found, [...above, shape]);
  }
  return found;
}

/** Keys of the dialect, and what Kubernetes defines, are not of the history. */
function keysOfType(type: Type, path = "", found = new Set<string>(), above: readonly Type[] = []): Set<string> {
  if (type.kind === "list" || type.kind === "map") return keysOfType(type.of, path, found, above);
  if (type.kind !== "object" || above.includes(type)) return found;
  for (const [key, field] of Object.entries(type.fields)) {
    if (field.dialect !== undefined) continue;
    found.add(`${path}${key}`);
    keysOfType(field.type, `${path}${key}.`, found, [...above, type]);
  }
  return found;
}
