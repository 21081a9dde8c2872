/** Which images manifests may name, and what the command line's words are taken for. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { type GivenWords, givenOf, namesOf } from "../../../src/phase/image/named-images.ts";
import { tempFolder } from "../../rig/temp-folder.ts";

const artifact = (image: string, ...requires: string[]) => ({
  image,
  repository: `registry.example/${image}`,
  requires: requires.map((other) => ({ image: other, alias: other })),
});
const artifacts = [artifact("base"), artifact("web", "base")];
const given = async (words: Partial<GivenWords>) => {
  const all = { file: undefined, words: [], defaultRepo: undefined, tag: undefined, ...words };
  const { images, missing, named } = await givenOf(all, artifacts);
  return {
    images: Object.fromEntries(images.map(({ image, reference }) => [image, reference])),
    missing: missing.map(({ image }) => image),
    named: named.map(({ image, expected }) => (expected ? image : `${image}?`)),
  };
};

test("an artifact is expected in manifests unless another one requires it", () => {
  expect(namesOf(artifacts)).toEqual([
    { image: "base", expected: false },
    { image: "web", expected: true },
  ]);
});

test("what is given for an artifact leaves it out of what is missing; another name may be in manifests", async () => {
  expect(await given({ words: ["web=other/web:v2", "side:v1"] })).toEqual({
    images: { web: "other/web:v2", side: "side:v1" },
    missing: ["base"],
    named: ["base?", "web", "side"],
  });
});

test("a name in full is the artifact with the short name", async () => {
  expect((await given({ words: ["docker.io/library/web:v3"] })).images).toEqual({ web: "docker.io/library/web:v3" });
});

test("the file wins over the words, and its further names are expected nowhere", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "build.json");
  const builds = ["web", "side"].map((imageName) => ({ imageName, tag: `${imageName}:file` }));
  await Bun.write(file, JSON.stringify({ builds }));
  const { images, named } = await given({ file, words: ["web:word"] });
  expect([images, named]).toEqual([{ web: "web:file", side: "side:file" }, ["base?", "web", "side?"]]);
});

test("a tag alone stands for every artifact that has no image", async () => {
  const { images, missing } = await given({ words: ["web:v1"], tag: "v9" });
  expect([images, missing]).toEqual([{ web: "web:v1", base: "registry.example/base:v9" }, []]);
  expect(await given({ tag: "no tag" }).catch((thrown: Error) => thrown.message)).toContain("--tag");
});

test("given images are named under the default repository", async () => {
  expect((await given({ words: ["web:v1"], defaultRepo: "reg.example/team" })).images).toEqual({
    web: "reg.example/team/web:v1",
  });
});
