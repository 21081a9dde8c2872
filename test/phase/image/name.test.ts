/** The names that an image carries in the engine: which, and when they have to be put on again. */
import { describe, expect, test } from "bun:test";
import type { Destination } from "../../../src/image/destination.ts";
import { holderWords, type Sources } from "../../../src/image/source/open-source.ts";
import { clusterTaskId, taskId } from "../../../src/phase/ids.ts";
import type { ArtifactWork } from "../../../src/phase/image/artifact.ts";
import type { ImageLocation } from "../../../src/phase/image/engine.ts";
import { nameTask } from "../../../src/phase/image/name.ts";
import { memoryEngine } from "../../rig/memory-engine.ts";
import { oneTask } from "../one-task.ts";

const imageId = `sha256:${"a".repeat(64)}` as const;
const other = `sha256:${"b".repeat(64)}`;
const work = { image: "web", repository: "r.io/web" } as ArtifactWork;
const content = `r.io/web:${"a".repeat(64)}`;
const names = ["r.io/web:v1", "r.io/web:latest", content];

interface World {
  readonly names?: Readonly<Record<string, string>>;
  readonly ids?: readonly string[];
  readonly held?: Readonly<Record<string, ImageLocation>>;
  readonly forced?: boolean;
  /** Left in an archive by its build, which still has it. */
  readonly archived?: boolean;
  /** Where that build reads it. */
  readonly readIn?: "engine" | "registry";
  /** What a cluster's images are brought to. */
  readonly destination?: Destination["kind"];
  /** The artifact whose build starts from the image; undefined: nothing requires it. */
  readonly neededBy?: string | null;
}

function task({
  names = {},
  ids = [],
  held = {},
  forced = false,
  neededBy,
  archived,
  destination,
  readIn = "engine",
}: World = {}) {
  const { engine, asked, images } = memoryEngine(archived ? {} : { [imageId]: [] });
  const loaded: string[] = [];
  const source = { id: imageId, config: new Uint8Array(), layers: [] };
  const sources: Sources = {
    async open(at) {
      loaded.push(holderWords(at));
      return archived ? source : undefined;
    },
  };
  const required = neededBy !== undefined;
  const places = destination === undefined ? [] : [{ scope: "dev", destination: () => Promise.reject(new Error()) }];
  const made = oneTask(nameTask(work, { engine, sources, places }, { forced, required, readIn: new Set([readIn]) }), {
    [taskId.build("web")]: { imageId, ...(archived ? { holder: { kind: "archive", path: "/out" } } : {}) },
    [taskId.tag("web")]: { tag: "v1", reference: "r.io/web:v1", also: ["latest"], parts: {} },
    [taskId.engine]: { ids, names, made: [] },
    [taskId.held("web")]: held,
    [taskId.needed("web")]: { by: neededBy ?? null },
    [clusterTaskId("dev").destination]: { kind: destination },
  });
  return { ...made, asked, images, loaded };
}
const all = Object.fromEntries(names.map((name) => [name, imageId]));

test("the policy's tag, those that move along, and the content reference", async () => {
  const it = task();
  expect(it.keyParts()).toEqual({ imageId, names });
  expect(it.foresee("?")).toEqual({ content });
  expect(await it.run()).toEqual({ content });
  expect([...(it.images.get(imageId)?.names ?? [])]).toEqual(names);
  expect(it.asked).toHaveLength(3);
});

test.each<[string, World, ReturnType<ReturnType<typeof task>["valid"]>]>([
  ["every name is there", { names: all, ids: [imageId] }, { valid: true, proof: "the engine lists every name" }],
  [
    "one name is missing",
    {
      names: { ...all, "r.io/web:latest": undefined as never },
      ids: [imageId],
      held: { [imageId]: { where: "in the engine", from: "engine" } },
    },
    { valid: false, reason: "the engine has no r.io/web:latest for this image" },
  ],
  [
    "a name has moved to another image",
    {
      names: { ...all, "r.io/web:v1": other },
      ids: [imageId, other],
      held: { [imageId]: { where: "in the engine", from: "engine" } },
    },
    { valid: false, reason: "the engine has no r.io/web:v1 for this image" },
  ],
  [
    "the image is on the nodes alone",
    { ids: [], held: { [imageId]: { where: "listed by n0", from: "places" } } },
    { valid: true, proof: "the image is listed by n0 and not in the engine any more" },
  ],
  [
    "the image is nowhere: it was built a moment ago",
    { ids: [], held: {} },
    { valid: false, reason: "the engine has no r.io/web:v1 for this image" },
  ],
  [
    "the image is on the nodes, and built whatever there is",
    { ids: [], held: { [imageId]: { where: "listed by n0", from: "places" } }, forced: true },
    { valid: false, reason: "the engine has no r.io/web:v1 for this image" },
  ],
  [
    "the image is on the nodes, and another build starts from it",
    { ids: [], held: { [imageId]: { where: "listed by n0", from: "places" } }, neededBy: "api" },
    { valid: false, reason: "the engine has no r.io/web:v1 for this image" },
  ],
  [
    "the image is on the nodes, and the build that required it is done",
    { ids: [], held: { [imageId]: { where: "listed by n0", from: "places" } }, neededBy: null },
    { valid: true, proof: "the image is listed by n0 and not in the engine any more" },
  ],
])("%s", (_what, world, expected) => {
  expect(task(world).valid({ content })).toEqual(expected);
});

describe("an image that its build left in an archive", () => {
  const inArchive = { [imageId]: { where: "in the archive /out", from: "holder" } as const };

  test.each<[string, World]>([
    ["nodes are where it has to be", { destination: "nodes" }],
    ["a registry is where it has to be", { destination: "registry" }],
    ["no build starts from it now", { destination: "nodes", neededBy: null }],
    ["a build takes it from a registry", { destination: "nodes", neededBy: "api", readIn: "registry" }],
    ["it is built whatever there is", { destination: "nodes", forced: true }],
  ])("is not brought to the engine where %s", async (_what, world) => {
    const it = task({ archived: true, held: inArchive, ...world });
    expect(await it.run()).toEqual({ content });
    expect(it.valid({ content })).toEqual({ valid: true, proof: "the image is not needed in the engine" });
    expect([it.asked, it.loaded, it.events]).toEqual([[], [], []]);
  });

  test.each<[string, World]>([
    ["the cluster runs on it", { destination: "shared-engine" }],
    ["a build starts from it", { destination: "nodes", neededBy: "api" }],
  ])("is loaded where %s, and only tagged where the engine has it", async (_what, world) => {
    const it = task({ archived: true, held: inArchive, ...world });
    expect(it.valid({ content })).toEqual({ valid: false, reason: "the engine has no r.io/web:v1 for this image" });
    // The engine in memory takes an archive and has no image afterwards.
    await expect(it.run()).rejects.toThrow("took the image r.io/web:v1 and does not have it");
    expect(it.loaded).toEqual(["in the archive /out"]);
    expect(it.asked).toEqual(["POST /images/load?quiet=1", "GET /images/r.io/web:v1/json"]);
    expect(it.events).toMatchObject([{ type: "image-named", place: "engine" }]);
    expect(task({ archived: true, held: inArchive, names: all, ids: [imageId], ...world }).valid({ content })).toEqual({
      valid: true,
      proof: "the engine lists every name",
    });
    const there = task({ archived: true, held: inArchive, ids: [imageId], ...world });
    await expect(there.run()).rejects.toThrow("No such image");
    expect(there.loaded).toEqual([]);
  });
});
