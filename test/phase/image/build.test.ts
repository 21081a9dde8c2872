/** A build as a task: what it says meanwhile, and what its output keeps of where the image was left. */
import { expect, test } from "bun:test";
import type { Holder } from "../../../src/image/holder.ts";
import { taskId } from "../../../src/phase/ids.ts";
import type { ArtifactWork, BuiltImage } from "../../../src/phase/image/artifact.ts";
import { buildTask } from "../../../src/phase/image/build.ts";
import type { ImageLocation } from "../../../src/phase/image/engine.ts";
import { oneTask } from "../one-task.ts";

const imageId = `sha256:${"a".repeat(64)}`;
const holder: Holder = { kind: "archive", path: "/out" };

function task(
  built: () => Promise<BuiltImage>,
  held: Readonly<Record<string, ImageLocation>> = {},
  neededBy?: string | null,
  bases: object = {},
) {
  const begun: string[] = [];
  const artifact = {
    image: "web",
    requires: [],
    build: async () => {
      begun.push("build");
      return built();
    },
  } as Partial<ArtifactWork> as ArtifactWork;
  const mode = {
    forced: false,
    required: neededBy !== undefined,
    readIn: new Set([]),
    begins: () => void begun.push("begins"),
  };
  const made = oneTask(buildTask(artifact, mode), {
    [taskId.hash("web")]: "tree",
    [taskId.tag("web")]: { tag: "v1", reference: "web:v1", also: [], parts: {} },
    [taskId.held("web")]: held,
    [taskId.bases("web")]: { from: "engine", ids: bases, made: [] },
    [taskId.needed("web")]: { by: neededBy ?? null },
  });
  return { ...made, begun };
}

test("it is told before the work, ends with its outcome, and keeps where the image was left", async () => {
  const done = task(async () => ({ imageId, holder }));
  expect(await done.run()).toEqual({ imageId, holder });
  expect(done.begun).toEqual(["begins", "build"]);
  expect(done.events).toMatchObject([{ type: "build-started" }, { type: "build-ended", outcome: "done", imageId }]);
  const failed = task(() => Promise.reject(new Error("broken")));
  await expect(failed.run()).rejects.toThrow("broken");
  expect(failed.events).toMatchObject([{ type: "build-started" }, { type: "build-ended", outcome: "failed" }]);
  expect(await task(async () => ({ imageId })).run()).toEqual({ imageId });
  const based = task(async () => ({ imageId, holder }), {}, undefined, { "go:1": "sha256:1" });
  expect(await based.run()).toEqual({ imageId, holder, bases: { "go:1": "sha256:1" } });
});

test.each<[string, ImageLocation | undefined, string | null | undefined, object]>([
  ["in the engine", { where: "in the engine", from: "engine" }, "api", { valid: true }],
  ["where its build left it", { where: "in the archive /out", from: "holder" }, "api", { valid: true }],
  ["on the nodes", { where: "listed by n0", from: "places" }, null, { valid: true }],
  [
    "on the nodes, from which nobody can have it",
    { where: "listed by n0", from: "places" },
    "api",
    { valid: false, reason: expect.stringContaining("the engine lacks it and the build of api starts from it") },
  ],
  ["nowhere", undefined, undefined, { valid: false, reason: expect.stringContaining("neither in the engine nor") }],
])("a result that is %s", (_where, held, neededBy, expected) => {
  expect(task(async () => ({ imageId }), held && { [imageId]: held }, neededBy).valid({ imageId })).toMatchObject(
    expected,
  );
});
