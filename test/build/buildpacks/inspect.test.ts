/** What counts for an image that buildpacks build: files, the descriptor, and the values of the section in the key. */
import { describe, expect, test } from "bun:test";
import { type ArtifactFolder, artifactFolder } from "../artifact-folder.ts";

const seal = (value: string) => `sealed(${value})`;

async function folderWith(section: string): Promise<ArtifactFolder> {
  const it = await artifactFolder(`buildpacks: ${section}`);
  for (const path of ["main.go", "notes.md", "lib/a.go"]) await it.write(`web/${path}`, path);
  return it;
}

const partsOf = async (it: ArtifactFolder) => (await it.inspect()).keyParts("v1", seal);

describe("files", () => {
  test("without dependencies the whole context counts", async () => {
    await using it = await folderWith("{builder: acme/builder}");
    expect(await it.inputs()).toEqual(["lib/a.go", "main.go", "notes.md"]);
  });

  test("with ignored ones alone the rest counts; a path that matches nothing is an error at its place", async () => {
    await using it = await folderWith('{builder: acme/builder, dependencies: {ignore: ["*.md"]}}');
    expect(await it.inputs()).toEqual(["lib/a.go", "main.go"]);
    await using other = await folderWith('{builder: acme/builder, dependencies: {paths: ["*.rs"]}}');
    await expect(other.inspect()).rejects.toMatchObject({
      diagnostics: [{ message: 'no file matches "*.rs" of buildpacks.dependencies.paths of web', at: { line: 5 } }],
    });
  });

  test("the descriptor counts also where the dependencies leave it out, and outside of the context", async () => {
    await using it = await folderWith('{builder: acme/builder, dependencies: {paths: ["main.go"]}}');
    expect(await it.inputs()).toEqual(["main.go"]);
    await it.write("web/project.toml", "");
    expect((await it.inspect()).sources.extra).toEqual([
      { name: "project descriptor", path: `${it.root}/web/project.toml` },
    ]);
    await using other = await folderWith("{builder: acme/builder, projectDescriptor: ../shared.toml}");
    expect((await other.inspect()).sources.extra.map(({ path }) => path)).toEqual([`${other.root}/shared.toml`]);
    expect(await partsOf(other)).toMatchObject({ descriptor: "../shared.toml" });
  });
});

describe("the key", () => {
  test("has the environment with its templates expanded and sealed; the last value of a name counts", async () => {
    await using it = await folderWith('{builder: acme/builder, env: ["A={{.GREETING}}", "B=x=y", "A=2"]}');
    expect(await partsOf(it)).toMatchObject({ env: { A: "sealed(2)", B: "sealed(x=y)" } });
  });

  test.each([
    ["the builder", "{builder: acme/other}"],
    ["the run image", "{builder: acme/builder, runImage: acme/run}"],
    ["the buildpacks", "{builder: acme/builder, buildpacks: [acme/go]}"],
    ["the environment", '{builder: acme/builder, env: ["A=1"]}'],
    ["trust", "{builder: acme/builder, trustBuilder: true}"],
    ["volumes", "{builder: acme/builder, volumes: [{host: /a, target: /b}]}"],
    ["a descriptor", "{builder: acme/builder, projectDescriptor: other.toml}"],
  ])("is another one with another value of %s", async (_, section) => {
    await using plain = await folderWith("{builder: acme/builder}");
    await using other = await folderWith(section);
    expect(await partsOf(other)).not.toEqual(await partsOf(plain));
  });

  test("does not have what a clean cache makes no other image by, nor the tag", async () => {
    await using plain = await folderWith("{builder: acme/builder}");
    await using cleared = await folderWith("{builder: acme/builder, clearCache: true}");
    expect(await partsOf(cleared)).toEqual(await partsOf(plain));
    const { keyParts } = await plain.inspect();
    expect(keyParts("v2", seal)).toEqual(keyParts("v1", seal));
  });

  test("names builder and run image as base images", async () => {
    await using it = await folderWith("{builder: acme/builder, runImage: acme/run}");
    expect((await it.inspect()).bases).toEqual({ names: ["acme/builder", "acme/run"], pulled: false });
  });
});

test("without a builder and buildpacks the usual builder is taken and trusted; with buildpacks alone pack's own", async () => {
  await using usual = await folderWith("{}");
  expect(await partsOf(usual)).toMatchObject({ builderImage: "gcr.io/buildpacks/builder:v1", trusted: true });
  await using order = await folderWith("{buildpacks: [acme/go]}");
  expect(await partsOf(order)).not.toHaveProperty("builderImage");
  expect(await partsOf(order)).toMatchObject({ trusted: false });
});

test("an entry of the environment without a name is an error at its place", async () => {
  await using it = await folderWith('{builder: acme/builder, env: ["A=1", "B"]}');
  await expect(it.inspect()).rejects.toMatchObject({
    diagnostics: [{ message: '"B" in buildpacks.env of web is no NAME=value', at: { line: 5 } }],
  });
});
