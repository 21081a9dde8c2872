/** Which deliveries a pass makes by itself where a project deploys to several clusters. */
import { expect, test } from "bun:test";
import type { Module } from "../../../src/config/project.ts";
import { placesOf, wantedTasks } from "../../../src/phase/image/wanted.ts";

const [web, edge] = [{ id: "web" }, { id: "edge" }] as unknown as [Module, Module];
const places = [
  { scope: "one", modules: [web] },
  { scope: "two", modules: [edge] },
];
const tasks = ["one", "two"].flatMap((scope) => [
  ...["web", "edge"].flatMap((image) => [{ id: `presence:${image}@${scope}` }, { id: `deliver:${image}@${scope}` }]),
  { id: `objects@${scope}` },
]);
const artifacts = [
  { image: "web", module: web },
  { image: "edge", module: edge },
];

test("an image goes to the cluster of its module; to another one only where an object there needs it", () => {
  expect(wantedTasks(places, artifacts, tasks).wanted).toEqual([
    "presence:web@one",
    "deliver:web@one",
    "objects@one",
    "presence:edge@two",
    "deliver:edge@two",
    "objects@two",
  ]);
});

test("everything is wanted where there is one cluster", () => {
  expect(wantedTasks(places.slice(0, 1), artifacts, tasks)).toEqual({});
});

test("an artifact has the places of its module", () => {
  expect(placesOf(places, { module: edge }).map(({ scope }) => scope)).toEqual(["two"]);
});
