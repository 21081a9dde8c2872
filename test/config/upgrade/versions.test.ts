/** The table of versions, and what is said about a text that is not in it. */
import { describe, expect, test } from "bun:test";
import {
  apiVersion,
  compareVersions,
  newest,
  unknownVersion,
  type Version,
  versionOf,
  versions,
} from "../../../src/config/upgrade/versions.ts";

test("there are 72 versions, from v1alpha1 to v4beta14", () => {
  expect(versions.length).toBe(72);
  expect(versions[0]).toBe("v1alpha1" as Version);
  expect(newest).toBe("v4beta14" as Version);
  expect(new Set(versions).size).toBe(72);
});

test("numbers count as numbers, and a series ends before the next one", () => {
  const ordered =
    "v1beta9 v1beta10 v1beta17 v1 v2alpha1 v2alpha4 v2beta1 v2beta29 v3alpha1 v3 v4beta1 v4beta2 v4beta10";
  const list = ordered.split(" ") as Version[];
  expect(list.toReversed().sort(compareVersions)).toEqual(list);
});

test("a version is found with and without its prefix", () => {
  expect(versionOf("skaffold/v2beta10")).toBe("v2beta10" as Version);
  expect(versionOf("v2beta10")).toBe("v2beta10" as Version);
  for (const text of ["skaffold/v2", "skaffold/v4", "skaffold/V3", "skaffold/v2beta30", "v1alpha0", "apps/v1", ""])
    expect(versionOf(text)).toBeUndefined();
});

describe("an unknown version", () => {
  const cases: [text: string, message: RegExp, suggestion: string][] = [
    ["skaffold/v4beta15", /newer than any version/, "v4beta14"],
    ["skaffold/v4", /newer than any version/, "v4beta14"],
    ["skaffold/v5alpha1", /newer than any version/, "v4beta14"],
    ["skaffold/v2beta30", /not a version/, "did you mean skaffold/v2beta29?"],
    ["skaffold/v2", /not a version/, "did you mean skaffold/v2beta29?"],
    ["skaffold/v1beta18", /not a version/, "did you mean skaffold/v1beta17?"],
    ["skaffold/v4bta11", /not a version/, "did you mean skaffold/v4beta11?"],
    ["skafold/v4beta11", /not a version/, "did you mean skaffold/v4beta11?"],
    ["skaffold/V4BETA11", /not a version/, "did you mean skaffold/v4beta11?"],
    ["v4beta11", /no apiVersion/, "did you mean skaffold/v4beta11?"],
    ["apps/v1", /not a version/, "did you mean skaffold/v1?"],
    ["", /empty/, "v4beta14"],
    ["something else entirely", /not a version/, "v4beta14"],
  ];
  for (const [text, message, suggestion] of cases)
    test(JSON.stringify(text), () => {
      const said = unknownVersion(text);
      expect(said.message).toMatch(message);
      expect(said.suggestion).toContain(suggestion);
    });
});

test("every version is written with the prefix", () => {
  for (const version of versions) expect(versionOf(apiVersion(version))).toBe(version);
});
