/** What is known of earlier builds, from records in memory. */
import { expect, test } from "bun:test";
import { recordedBuilds, recordedImages, recordedResults } from "../../../src/phase/image/recorded.ts";
import { requiredImages } from "../../../src/phase/image/required.ts";
import { memoryRecords } from "../../rig/graph-session.ts";

test("results are those of the task and the key, or of the artifact under any key; an image is named once", async () => {
  const records = memoryRecords();
  const built = (image: string, key: string, imageId: string, more = {}) =>
    records.succeed({ task: `build:${image}`, key, parts: {}, output: { imageId, ...more }, seconds: 1 });
  await built("web", "one", "sha256:1");
  await built("web", "one", "sha256:2");
  await built("web", "two", "sha256:2", { bases: {} });
  await built("api", "one", "sha256:9");
  expect(recordedBuilds(records, "build:web", "one").map(({ imageId }) => imageId)).toEqual(["sha256:2", "sha256:1"]);
  expect(recordedBuilds(records, "build:web", "three")).toEqual([]);
  expect(recordedResults(records, "web")).toHaveLength(3);
  expect(recordedImages(records, "web").toSorted()).toEqual(["sha256:1", "sha256:2"]);
  expect(recordedImages(records, "none")).toEqual([]);
});

test("an image is required where some artifact is built on it", () => {
  const on = (...images: string[]) => ({ requires: images.map((image) => ({ image })) });
  expect([...requiredImages([on("a", "b"), on(), on("b")])]).toEqual(["a", "b"]);
});
