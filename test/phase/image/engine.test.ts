/** What the engine and the places of images hold: asked of whom, and what counts as held. */
import { describe, expect, test } from "bun:test";
import { Failure } from "../../../src/diag/failure.ts";
import type { Destination, Presence } from "../../../src/image/destination.ts";
import type { Holder } from "../../../src/image/holder.ts";
import { type Holders, holderWords } from "../../../src/image/source/open-source.ts";
import { clusterTaskId, taskId } from "../../../src/phase/ids.ts";
import type { ArtifactWork } from "../../../src/phase/image/artifact.ts";
import type { ImagePlace } from "../../../src/phase/image/deliver.ts";
import { engineTask, locateTask } from "../../../src/phase/image/engine.ts";
import { memoryEngine } from "../../rig/memory-engine.ts";
import { noSources } from "../../rig/no-sources.ts";
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

const inEngine = { where: "in the engine", from: "engine" };
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
  const task = locateTask(work, async () => recorded.map((imageId) => ({ imageId })), noSources, places);
  const outputs = Object.fromEntries(places.map(({ scope }) => [clusterTaskId(scope).destination, null]));
  expect(task.deps).toEqual([taskId.engine, ...Object.keys(outputs)]);
  return oneTask(task, { [taskId.engine]: { ids, names: {}, made: [] }, ...outputs }).run();
}

test("what the engine has is held, and nobody else is asked about it", async () => {
  const nodes = place("nodes", []);
  expect(await held([id("1"), id("9")], [id("1")], [nodes.place])).toEqual({ [id("1")]: inEngine });
  expect(nodes.asked).toEqual([]);
});

test("of what the engine lacks, the nodes are asked by content reference", async () => {
  const nodes = place("nodes", [yes, no]);
  expect(await held([id("1")], [id("1"), id("2"), id("3")], [nodes.place])).toEqual({
    [id("1")]: inEngine,
    [id("2")]: { where: "listed by n0", from: "places" },
  });
  expect(nodes.asked).toEqual(["22 r.io/web:222", "33 r.io/web:333"]);
});

test("of several places all must have it; nobody could bring it to one that lacks it", async () => {
  const [one, two] = [
    place("nodes", [yes, yes], "one"),
    place("nodes", [no, { ...yes, proof: "listed by n1" }], "two"),
  ];
  expect(await held([], [id("1"), id("2")], [one.place, two.place])).toEqual({
    [id("2")]: { where: "listed by n0 and listed by n1", from: "places" },
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

describe("what a build left elsewhere", () => {
  const holder: Holder = { kind: "archive", path: "/out/image.tar" };
  const results = (
    ids: readonly string[],
    sources: Holders,
    places: readonly ImagePlace[],
    engine: readonly string[] = [],
  ) => {
    const recorded = ids.map((imageId) => ({ imageId, holder }));
    const outputs = Object.fromEntries(places.map(({ scope }) => [clusterTaskId(scope).destination, null]));
    return oneTask(
      locateTask(work, async () => recorded, sources, places),
      {
        [taskId.engine]: { ids: engine, names: {}, made: [] },
        ...outputs,
      },
    ).run();
  };
  const archive = (answer: (of: string) => boolean | Error) => {
    const asked: string[] = [];
    const sources: Holders = {
      async holds(at, of) {
        asked.push(`${holderWords(at)} ${of.slice(7, 9)}`);
        const said = answer(of);
        if (said instanceof Error) throw said;
        return said;
      },
    };
    return { asked, sources };
  };

  test("is held while it is there, and only of what is not the places are asked", async () => {
    const { asked, sources } = archive((of) => of === id("2"));
    const nodes = place("nodes", [yes]);
    expect(await results([id("1"), id("2"), id("3")], sources, [nodes.place], [id("1")])).toEqual({
      [id("1")]: inEngine,
      [id("2")]: { where: "in the archive /out/image.tar", from: "holder" },
      [id("3")]: { where: "listed by n0", from: "places" },
    });
    expect(asked).toEqual(["in the archive /out/image.tar 22", "in the archive /out/image.tar 33"]);
    expect(nodes.asked).toEqual(["33 r.io/web:333"]);
  });

  test("is asked of the places only for the newest eight results", async () => {
    const ids = Array.from({ length: 10 }, (_, i) => id((i + 1).toString(16)));
    const nodes = place(
      "nodes",
      ids.slice(0, 8).map(() => no),
    );
    expect(await results(ids, archive(() => false).sources, [nodes.place])).toEqual({});
    expect(nodes.asked).toHaveLength(8);
  });

  test("is not held where it cannot be read; a mistake is not hidden", async () => {
    expect(await results([id("1")], archive(() => new Failure("damaged")).sources, [])).toEqual({});
    await expect(results([id("1")], archive(() => new TypeError("a bug")).sources, [])).rejects.toThrow("a bug");
  });
});

test("an engine that nobody builds in may be away; one that is needed may not", async () => {
  const it = memoryEngine();
  it.override = () => Promise.reject(new Failure("cannot reach the Docker engine"));
  expect(await oneTask(engineTask(it.engine, false), {}).run()).toEqual({ ids: [], names: {}, made: [] });
  await expect(oneTask(engineTask(it.engine), {}).run()).rejects.toThrow("cannot reach the Docker engine");
  it.override = () => Promise.reject(new TypeError("a bug"));
  await expect(oneTask(engineTask(it.engine, false), {}).run()).rejects.toThrow("a bug");
});
