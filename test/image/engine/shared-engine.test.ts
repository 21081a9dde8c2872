import { expect, test } from "bun:test";
import { sharedEngineDestination } from "../../../src/image/engine/shared-engine.ts";
import { memoryEngine } from "../../rig/memory-engine.ts";
import { noSources } from "../../rig/no-sources.ts";

const id = `sha256:${"1".repeat(64)}` as const;
const other = `sha256:${"2".repeat(64)}` as const;
const image = { id, name: "web:tag" };
const signal = () => new AbortController().signal;
const target = { kind: "shared-engine", id: "minikube", label: "minikube", why: "a test" } as never;

test.each([
  [
    "under its name",
    { [id]: ["web:tag"] },
    { present: true, reference: "web:tag", proof: "the cluster's own engine has it" },
  ],
  [
    "under another name",
    { [id]: [] },
    { present: false, reason: "the cluster's own engine does not have it under this name" },
  ],
  [
    "as another image",
    { [id]: [], [other]: ["web:tag"] },
    { present: false, reason: "the cluster's own engine does not have it under this name" },
  ],
])("an image is there %s", async (_what, images, expected) => {
  const to = sharedEngineDestination(memoryEngine(images).engine, target, noSources);
  expect(await to.has([image], signal())).toEqual([expected as never]);
});

test("delivery is a name, put on where it is missing or somebody else's; nothing moves", async () => {
  const it = memoryEngine({ [id]: [], [other]: ["web:tag"] });
  const to = sharedEngineDestination(it.engine, target, noSources);
  expect(await to.deliver(image, signal())).toMatchObject({ reference: "web:tag", how: "tagged", bytes: 0 });
  expect([...(it.images.get(id)?.names ?? [])]).toEqual(["docker.io/library/web:tag"]);
  expect(await to.deliver(image, signal())).toMatchObject({ reference: "web:tag", how: "present", bytes: 0 });
  await to.forget(["web:tag", "never:1"], signal());
  expect([...(it.images.get(id)?.names ?? [])]).toEqual([]);
  await to[Symbol.asyncDispose]();
});

test("an image that is gone from the engine cannot be delivered", async () => {
  const to = sharedEngineDestination(memoryEngine().engine, target, noSources);
  await expect(to.deliver(image, signal())).rejects.toThrow("the Docker engine no longer has the image web:tag");
});
