import { expect, test } from "bun:test";
import { type Needs, nothing } from "../../../src/dev/loop/needs.ts";
import { type ObservedArtifact, ObservedFiles } from "../../../src/dev/loop/observed-files.ts";
import type { Concern } from "../../../src/graph/request.ts";
import type { Task, TaskId, WatchedFiles } from "../../../src/graph/task.ts";

const artifacts: readonly ObservedArtifact[] = [
  { image: "web", hash: "hash:web", watched: true },
  { image: "api", hash: "hash:api", watched: false },
];

const said: readonly (readonly [TaskId, WatchedFiles])[] = [
  ["hash:web", { roots: ["/w/web"], files: ["/w/Dockerfile"] }],
  ["hash:api", { roots: ["/w/api"], files: [] }],
  ["render:m", { roots: ["/w/k8s"], files: ["/w/values.yaml"] }],
];

function observed(concerns: readonly Concern[] = []): ObservedFiles {
  return new ObservedFiles({ concerned: () => concerns, watched: () => new Map(said) }, artifacts);
}

function observation(id: TaskId, over?: WatchedFiles): Task {
  return { id, kind: "look", mode: "observe", deps: [], ...(over ? { over } : {}), run: async () => null };
}

const told = (path: string, ...rebuilds: string[]) => ({ path, rebuilds: new Set(rebuilds) });
const needing = (needs: Partial<Needs>): Needs => ({ ...nothing, ...needs });

test("what a path means for artifacts is decided by others", () => {
  const render: Concern = { task: "render:m", kind: "render", rule: "k8s", changes: true };
  const hash: Concern = { task: "hash:web", kind: "hash", rule: "Dockerfile:2", changes: true };
  expect(observed([hash, render]).concerned("/w/k8s/a.yaml")).toEqual([render]);
  expect(observed().others()).toEqual({ roots: ["/w/k8s"], files: ["/w/values.yaml"] });
});

test("watched is what observations said, and before that what their tasks say", () => {
  const tasks = [
    observation("hash:web", { roots: ["/said/better"], files: [] }),
    observation("chart:c", { roots: ["/w/chart"], files: [] }),
    observation("engine"),
    observation("hash:api", { roots: ["/w/api"], files: [] }),
  ];
  expect(observed().targets(tasks)).toEqual({
    roots: ["/w/chart", "/w/web", "/w/k8s"],
    files: ["/w/Dockerfile", "/w/values.yaml"],
  });
});

test("an artifact that is not watched is so before its first look, too", () => {
  const files = new ObservedFiles({ concerned: () => [], watched: () => new Map() }, artifacts);
  const tasks = ["hash:web", "hash:api"].map((id) => observation(id, { roots: [`/${id}`], files: [] }));
  expect(files.targets(tasks)).toEqual({ roots: ["/hash:web"], files: [] });
});

test("a path is absorbed by every artifact that is not built for it", () => {
  const { paths, again, lost } = observed().changes(needing({ artifacts: new Set(["web"]) }), [
    told("/w/web/page.html"),
    told("/w/web/main.go", "web"),
  ]);
  expect(paths).toEqual([
    { path: "/w/web/page.html", absorbedBy: ["hash:web", "hash:api"] },
    { path: "/w/web/main.go", absorbedBy: ["hash:api"] },
  ]);
  expect(again).toEqual(["hash:web"]);
  expect(lost).toBeUndefined();
});

test("where everything is needed nothing holds", () => {
  expect(observed().changes(needing({ everything: true }), []).lost).toBe(true);
});
