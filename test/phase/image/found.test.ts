/** Which image stands for an artifact that is not built: what was given, recorded, tagged or pushed, in this order. */
import { describe, expect, test } from "bun:test";
import { taskKey } from "../../../src/graph/plan/key.ts";
import { parseReference } from "../../../src/image/reference.ts";
import type { Registry } from "../../../src/image/registry/registry.ts";
import { clusterTaskId, taskId } from "../../../src/phase/ids.ts";
import type { ArtifactWork } from "../../../src/phase/image/artifact.ts";
import { foundTask } from "../../../src/phase/image/found.ts";
import { broughtTasks, pulledTasks } from "../../../src/phase/image/given.ts";
import { remoteReferenceTask, tagReferenceTask } from "../../../src/phase/image/reference-only.ts";
import { oneTask } from "../one-task.ts";

const id = (digit: string) => `sha256:${digit.repeat(64)}` as const;
const artifact = {
  image: "web",
  repository: "r.io/web",
  requires: [{ image: "base", alias: "BASE" }],
} as unknown as ArtifactWork;
const registryOf = (digest: string | undefined): Registry =>
  ({
    digest: async ({ written, tag }: { written: string; tag?: string }) =>
      `${written}:${tag}` === "r.io/web:v1" ? digest : undefined,
  }) as unknown as Registry;

interface World {
  readonly recorded?: readonly string[];
  readonly held?: object;
  readonly names?: object;
  readonly registry?: Registry | undefined;
  readonly base?: object;
}

async function found({ recorded = [], held = {}, names = {}, registry, base = { imageId: id("9") } }: World) {
  const asked: string[] = [];
  const means = {
    recorded: (task: string, key: string) => {
      asked.push(`${task} ${key}`);
      return recorded.map((imageId) => ({ imageId }));
    },
    registry,
  };
  const task = oneTask(foundTask(artifact, means), {
    [taskId.hash("web")]: { file: "one" },
    [taskId.tag("web")]: { tag: "v1", reference: "r.io/web:v1", also: [], parts: { builder: "docker" } },
    [taskId.held("web")]: held,
    [taskId.engine]: { ids: [], names, made: [] },
    [taskId.build("base")]: base,
  });
  const ended: { output?: unknown; thrown?: unknown } = await task.run().then(
    (output) => ({ output }),
    (thrown) => ({ thrown }),
  );
  return { asked, ...ended };
}

describe("an image that is not built", () => {
  test("is the newest record of the present sources that something holds", async () => {
    const { output, asked } = await found({
      recorded: [id("1"), id("2"), id("3")],
      held: { [id("2")]: "x", [id("3")]: "y" },
    });
    expect(output).toEqual({ imageId: id("2") });
    const parts = { builder: "docker", files: { file: "one" }, requires: { BASE: id("9") } };
    expect(asked).toEqual([`build:web ${taskKey("build", parts)}`]);
  });

  test("of sources that start from a given image is looked for by its reference", async () => {
    const { asked } = await found({ base: { reference: "r.io/base:2" }, names: { "r.io/web:v1": id("4") } });
    const parts = { builder: "docker", files: { file: "one" }, requires: { BASE: "r.io/base:2" } };
    expect(asked).toEqual([`build:web ${taskKey("build", parts)}`]);
  });

  test("is else the policy's tag in the engine, else in the registry", async () => {
    const names = { "r.io/web:v1": id("4") };
    const registry = registryOf(id("5"));
    expect((await found({ recorded: [id("1")], names, registry })).output).toEqual({ imageId: id("4") });
    expect((await found({ registry })).output).toEqual({ reference: `r.io/web:v1@${id("5")}` });
  });

  test.each([
    ["no registry counts", undefined],
    ["the registry has none", registryOf(undefined)],
  ])("is an error that names the artifact where %s", async (_what, registry) => {
    const { thrown } = await found({ registry });
    expect((thrown as Error).message).toBe(
      "there is no image for web: its present sources were never built, and nothing is tagged r.io/web:v1",
    );
  });
});

const tagged = { [taskId.tag("web")]: { tag: "v1", reference: "r.io/web:v1", also: [], parts: {} } };

test("a render by tag takes the policy's tag and asks nobody", async () => {
  expect(await oneTask(tagReferenceTask("web"), tagged).run()).toEqual({ reference: "r.io/web:v1" });
});

test("a render by the registry takes the tag's digest; a tag that is not there is an error", async () => {
  expect(await oneTask(remoteReferenceTask("web", registryOf(id("5"))), tagged).run()).toEqual({
    reference: `r.io/web:v1@${id("5")}`,
  });
  await expect(oneTask(remoteReferenceTask("web", registryOf(undefined)), tagged).run()).rejects.toThrow(
    "r.io/web:v1 is not in its registry",
  );
});

describe("an image that was given", () => {
  const given = { image: "web", reference: "r.io/other:v7" };

  test("and is pulled takes the places of its tag, its build and every delivery", async () => {
    const tasks = pulledTasks(given, ["a", "b"]);
    expect(tasks.map((task) => task.id)).toEqual([
      taskId.tag("web"),
      taskId.build("web"),
      clusterTaskId("a").deliver("web"),
      clusterTaskId("b").deliver("web"),
    ]);
    expect(
      pulledTasks(given)
        .map((task) => task.id)
        .at(-1),
    ).toBe(taskId.deliver("web"));
    const [tag, ...others] = tasks;
    const asTag = oneTask(tag, {});
    expect(await asTag.run()).toEqual({ tag: "v7", reference: "r.io/other:v7", also: [], parts: {} });
    expect(asTag.events).toEqual([{ type: "tag", artifact: "web", reference: "r.io/other:v7" }]);
    for (const other of others) expect(await oneTask(other, {}).run()).toEqual({ reference: "r.io/other:v7" });
  });

  test("by digest alone has no tag", async () => {
    const [tag] = pulledTasks({ image: "web", reference: `r.io/other@${id("1")}` });
    expect(await oneTask(tag, {}).run()).toMatchObject({ tag: "" });
  });

  test("and is brought is the engine's image of that name, where it has one", async () => {
    const place = { scope: "a", destination: () => Promise.reject(new Error("not asked for")) };
    const tasks = broughtTasks(given, [place]);
    const build = tasks.find((task) => task.id === taskId.build("web"));
    const engine = (names: object) => ({ [taskId.engine]: { ids: [], names, made: [] } });
    expect(await oneTask(build, engine({ "r.io/other:v7": id("1") })).run()).toEqual({ imageId: id("1") });
    expect(await oneTask(build, engine({})).run()).toEqual({ reference: "r.io/other:v7" });
    expect(tasks.map((task) => task.id)).toContain(clusterTaskId("a").deliver("web"));
    expect(parseReference(given.reference).written).toBe("r.io/other");
  });
});
