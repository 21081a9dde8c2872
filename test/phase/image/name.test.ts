/** The names that an image carries in the engine: which, and when they have to be put on again. */
import { expect, test } from "bun:test";
import { taskId } from "../../../src/phase/ids.ts";
import type { ArtifactWork } from "../../../src/phase/image/artifact.ts";
import { nameTask } from "../../../src/phase/image/build.ts";
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
  readonly held?: Readonly<Record<string, string>>;
  readonly forced?: boolean;
  /** The artifact whose build starts from the image; undefined: nothing requires it. */
  readonly neededBy?: string | null;
}

function task({ names = {}, ids = [], held = {}, forced = false, neededBy }: World = {}) {
  const { engine, asked, images } = memoryEngine({ [imageId]: [] });
  const required = neededBy !== undefined;
  const made = oneTask(nameTask(work, engine, { forced, required }), {
    [taskId.build("web")]: { imageId },
    [taskId.tag("web")]: { tag: "v1", reference: "r.io/web:v1", also: ["latest"], parts: {} },
    [taskId.engine]: { ids, names, made: [] },
    [taskId.held("web")]: held,
    [taskId.needed("web")]: { by: neededBy ?? null },
  });
  return { ...made, asked, images };
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

test.each<[string, World, ReturnType<ReturnType<typeof task>["live"]>]>([
  ["every name is there", { names: all, ids: [imageId] }, { live: true, proof: "the engine lists every name" }],
  [
    "one name is missing",
    { names: { ...all, "r.io/web:latest": undefined as never }, ids: [imageId], held: { [imageId]: "in the engine" } },
    { live: false, reason: "the engine has no r.io/web:latest for this image" },
  ],
  [
    "a name has moved to another image",
    { names: { ...all, "r.io/web:v1": other }, ids: [imageId, other], held: { [imageId]: "in the engine" } },
    { live: false, reason: "the engine has no r.io/web:v1 for this image" },
  ],
  [
    "the image is on the nodes alone",
    { ids: [], held: { [imageId]: "listed by n0" } },
    { live: true, proof: "the image is listed by n0 and not in the engine any more" },
  ],
  [
    "the image is nowhere: it was built a moment ago",
    { ids: [], held: {} },
    { live: false, reason: "the engine has no r.io/web:v1 for this image" },
  ],
  [
    "the image is on the nodes, and built whatever there is",
    { ids: [], held: { [imageId]: "listed by n0" }, forced: true },
    { live: false, reason: "the engine has no r.io/web:v1 for this image" },
  ],
  [
    "the image is on the nodes, and another build starts from it",
    { ids: [], held: { [imageId]: "listed by n0" }, neededBy: "api" },
    { live: false, reason: "the engine has no r.io/web:v1 for this image" },
  ],
  [
    "the image is on the nodes, and the build that required it is done",
    { ids: [], held: { [imageId]: "listed by n0" }, neededBy: null },
    { live: true, proof: "the image is listed by n0 and not in the engine any more" },
  ],
])("%s", (_what, world, expected) => {
  expect(task(world).live({ content })).toEqual(expected);
});
