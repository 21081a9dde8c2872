/** What the engine and the places of images hold: asked of whom, and what counts as held. */
import { expect, test } from "bun:test";
import type { Destination, Presence } from "../../../src/image/destination.ts";
import { clusterTaskId, taskId } from "../../../src/phase/ids.ts";
import type { ArtifactWork } from "../../../src/phase/image/artifact.ts";
import type { ImagePlace } from "../../../src/phase/image/deliver.ts";
import { engineTask, heldTask } from "../../../src/phase/image/engine.ts";
import { memoryEngine } from "../../rig/memory-engine.ts";
import { oneTask } from "../one-task.ts";

const id = (digit: string) => `sha256:${digit.repeat(64)}` as const;

test("the engine's images by id and by full name, and which of them came from no registry", async () => {
  const it = memoryEngine({ [id("1")]: ["web:v1", "r.io/web:v2"], [id("2")]: [] });
  it.images.set(id("3"), { names: new Set(["docker.io/library/base:1"]), digests: ["base@sha256:9"] });
  expect(await oneTask(engineTask(it.engine), {}).run()).toEqual({
    ids: [id("1"), id("2"), id("3")],
    names: { "docker.io/library/web:v1": id("1"), "r.io/web:v2": id("1"), "docker.io/library/base:1": id("3") },
    made: ["docker.io/library/web:v1", "r.io/web:v2"],
  });
});

const yes: Presence = { present: true, reference: "x", proof: "listed by n0" };
const no: Presence = { present: false, reason: "missing" };
const work = { image: "web", repository: "r.io/web" } as ArtifactWork;

function place(kind: Destination["kind"], answers: readonly Presence[], scope?: string) {
  const asked: string[] = [];
  const has: Destination["has"] = async (images) => {
    asked.push(...images.map(({ id: of, name }) => `${of.slice(7, 9)} ${name.slice(0, 12)}`));
    return answers;
  };
  const made: ImagePlace = { scope, destination: async () => ({ kind, has }) as Destination };
  return { asked, place: made };
}

async function held(ids: readonly string[], recorded: readonly string[], places: readonly ImagePlace[]) {
  const task = heldTask(work, async () => recorded, places);
  const outputs = Object.fromEntries(places.map(({ scope }) => [clusterTaskId(scope).destination, null]));
  expect(task.deps).toEqual([taskId.engine, ...Object.keys(outputs)]);
  return oneTask(task, { [taskId.engine]: { ids, names: {}, made: [] }, ...outputs }).run();
}

test("what the engine has is held, and nobody else is asked about it", async () => {
  const nodes = place("nodes", []);
  expect(await held([id("1"), id("9")], [id("1")], [nodes.place])).toEqual({ [id("1")]: "in the engine" });
  expect(nodes.asked).toEqual([]);
});

test("of what the engine lacks, the nodes are asked by content reference", async () => {
  const nodes = place("nodes", [yes, no]);
  expect(await held([id("1")], [id("1"), id("2"), id("3")], [nodes.place])).toEqual({
    [id("1")]: "in the engine",
    [id("2")]: "listed by n0",
  });
  expect(nodes.asked).toEqual(["22 r.io/web:222", "33 r.io/web:333"]);
});

test("of several places all must have it; nobody could bring it to one that lacks it", async () => {
  const [one, two] = [
    place("nodes", [yes, yes], "one"),
    place("nodes", [no, { ...yes, proof: "listed by n1" }], "two"),
  ];
  expect(await held([], [id("1"), id("2")], [one.place, two.place])).toEqual({
    [id("2")]: "listed by n0 and listed by n1",
  });
});

test("a registry is not asked for ids, nor are nodes beside one", async () => {
  const [registry, nodes] = [place("registry", [yes], "a"), place("nodes", [yes], "b")];
  expect(await held([], [id("1")], [registry.place])).toEqual({});
  expect(await held([], [id("1")], [nodes.place, registry.place])).toEqual({});
  expect([...registry.asked, ...nodes.asked]).toEqual([]);
});

test("where nothing was built, or no place is known, nothing is held", async () => {
  expect(await held([id("1")], [], [place("nodes", []).place])).toEqual({});
  expect(await held([], [id("1")], [])).toEqual({});
});
