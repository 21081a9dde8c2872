/** Which saves of manifests a render has in its result already, with real files and renders in the test's hand. */
import { expect, test } from "bun:test";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ReadManifests } from "../../../src/dev/loop/read-manifests.ts";
import type { Inputs, ObserveContext } from "../../../src/graph/task.ts";
import type { RenderOutput } from "../../../src/phase/deploy/render.ts";
import { fileStamp } from "../../../src/phase/file-stamp.ts";
import { tempFolder } from "../../rig/temp-folder.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";

const inputs: Inputs = {
  get: () => {
    throw new Error("a render has no inputs");
  },
  digest: () => "",
};

/** A module whose render reads these files when it is let go on. */
function module(manifests: ReadManifests, id: string, paths: readonly string[]) {
  let gate = Promise.withResolvers<void>();
  const task = manifests.watched(
    {
      id,
      kind: "render",
      mode: "observe",
      deps: [],
      async run() {
        await gate.promise;
        const there = paths.filter((path) => fileStamp(path) !== "");
        const files = Object.fromEntries(there.map((path) => [path, fileStamp(path)]));
        return { manifests: [], files } satisfies RenderOutput;
      },
    },
    (path) => paths.includes(path),
  );
  const ctx: ObserveContext = {
    signal: new AbortController().signal,
    clock: virtualClock(),
    emit: () => undefined,
    watch: async () => undefined,
    before: undefined,
  };
  return {
    begin() {
      gate = Promise.withResolvers();
      return task.run(inputs, ctx);
    },
    letGo: () => gate.resolve(),
    async render() {
      const done = this.begin();
      gate.resolve();
      await done;
    },
  };
}

test("a save in a module that was rendered already is rendered, whatever else renders", async () => {
  await using folder = await tempFolder();
  const [a, b] = ["a.yaml", "b.yaml"].map((name) => join(folder.path, name)) as [string, string];
  for (const path of [a, b]) await writeFile(path, "old");
  const manifests = new ReadManifests();
  const [slow, fast] = [module(manifests, "render:a", [a]), module(manifests, "render:b", [b])];
  const running = slow.begin();
  await fast.render();
  expect(manifests.leftBy(b)).toBe("the last render");
  await writeFile(b, "saved while a renders");
  expect(manifests.leftBy(b)).toBeUndefined();
  await writeFile(a, "saved while a renders");
  expect(manifests.leftBy(a)).toBe("the render under way");
  slow.letGo();
  await running;
  expect([a, b].map((path) => manifests.leftBy(path))).toEqual(["the last render", undefined]);
});

test("a file of two modules counts as read only where both have it", async () => {
  await using folder = await tempFolder();
  const both = join(folder.path, "both.yaml");
  await writeFile(both, "old");
  const manifests = new ReadManifests();
  const [slow, fast] = [module(manifests, "render:a", [both]), module(manifests, "render:b", [both])];
  await fast.render();
  const running = slow.begin();
  expect(manifests.leftBy(both)).toBe("the render under way");
  await writeFile(both, "saved");
  expect(manifests.leftBy(both)).toBeUndefined();
  slow.letGo();
  await running;
});

test("a file that came and went again is as the last render left it; one that went since is not", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "made.yaml");
  const manifests = new ReadManifests();
  const one = module(manifests, "render:a", [path]);
  expect(manifests.leftBy(path)).toBeUndefined();
  await one.render();
  expect(manifests.leftBy(path)).toBe("the last render");
  await writeFile(path, "text");
  expect(manifests.leftBy(path)).toBeUndefined();
  await one.render();
  await rm(path);
  expect(manifests.leftBy(path)).toBeUndefined();
});

test("what no module reads is nobody's", () => {
  const manifests = new ReadManifests();
  module(manifests, "render:a", ["/work/a.yaml"]);
  expect(manifests.leftBy("/work/other.yaml")).toBeUndefined();
});
