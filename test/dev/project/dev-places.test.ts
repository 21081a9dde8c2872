/** Contexts of a project as the places of a session. */
import { expect, test } from "bun:test";
import type { Module } from "../../../src/config/project.ts";
import type { DeployTarget } from "../../../src/deploy/apply/owned-apply.ts";
import { type ProjectContext, sessionPlaces } from "../../../src/dev/project/dev-places.ts";
import type { Deployer } from "../../../src/phase/deploy/deployer.ts";

const target = (clusterId: string, namespace: string) => ({ clusterId, namespace }) as unknown as DeployTarget;
/** Knows its object once the pass has an output of its name. */
function context(scope: string): ProjectContext {
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: scope } };
  const deployer: Deployer = {
    kind: "test",
    target: () => Promise.reject(new Error("nobody asks")),
    tasks: () => [],
    deployed: (outputs) => (outputs.has(scope) ? [{ module: scope, object }] : undefined),
    cleaners: { [scope]: async () => ({ result: "deleted" }) },
  };
  return { scope, modules: [{ id: scope }] as Module[], deployers: [deployer], target: deployer.target };
}

test("each cluster and namespace is a place, with what its own deployers brought", () => {
  const places = sessionPlaces([context("a"), context("b")], [target("one", "n"), target("two", "n")]);
  expect(places.map(({ scopes, cleaners }) => [scopes, Object.keys(cleaners)])).toEqual([
    [["a"], ["a"]],
    [["b"], ["b"]],
  ]);
  const outputs = new Map([["b", null]]);
  expect(places.map((place) => place.deployed(outputs)?.map(({ module }) => module))).toEqual([undefined, ["b"]]);
});

test("contexts that lead to the same objects are one place, known once each of them is", () => {
  const places = sessionPlaces(
    [context("a"), context("b"), context("c")],
    [target("one", "n"), target("one", "n"), target("one", "m")],
  );
  expect(places.map(({ scopes, modules }) => [scopes, modules.map(({ id }) => id)])).toEqual([
    [
      ["a", "b"],
      ["a", "b"],
    ],
    [["c"], ["c"]],
  ]);
  const [first] = places;
  expect(first?.deployed(new Map([["a", null]]))).toBeUndefined();
  expect(
    first
      ?.deployed(
        new Map([
          ["a", null],
          ["b", null],
        ]),
      )
      ?.map(({ module }) => module),
  ).toEqual(["a", "b"]);
  expect(Object.keys(first?.cleaners ?? {})).toEqual(["a", "b"]);
});
