/** Images in archives: which is found, layer by layer, and what is refused. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openArchive } from "../../../src/image/archive/open-archive.ts";
import type { Compression } from "../../../src/image/source/image-source.ts";
import { sha256 } from "../../../src/std/data/digest.ts";
import { asFolder, asTar, type ImageOptions, type MadeImage, makeImage } from "../../rig/image-archive.ts";
import { tempFolder } from "../../rig/temp-folder.ts";

const signal = new AbortController().signal;
const root = await tempFolder();
afterAll(() => root[Symbol.asyncDispose]());
let count = 0;
const fresh = () => join(root.path, `archive${++count}`);

const files = [
  { path: "srv/one", content: "one" },
  { path: `${"long-directory-name/".repeat(12)}two`, content: "two" },
];
const made = (more: Partial<ImageOptions> = {}) => makeImage({ files, ...more });

/** What a reader of the image gets to see. */
async function read(path: string, manifest?: string, platform?: string) {
  const source = await openArchive({ path, ...(manifest ? { manifest } : {}) }, platform);
  if (source === undefined) return undefined;
  const layers = await Promise.all(
    source.layers.map(async ({ diffId, bytes, blob }) => {
      const { digest, compression, chunks, bytes: stored } = await blob(signal);
      const content = Buffer.concat(await Array.fromAsync(chunks()));
      expect([stored, content.length]).toEqual([bytes, bytes]);
      expect(`sha256:${sha256(content)}`).toBe(digest);
      return { diffId, compression };
    }),
  );
  return { id: source.id, layers, config: Buffer.from(source.config).toString() };
}

const seenOf = ({ id, diffIds, config }: MadeImage, compression: Compression) => ({
  id,
  layers: diffIds.map((diffId) => ({ diffId, compression })),
  config: Buffer.from(config).toString(),
});

describe.each(["none", "gzip", "zstd"] as const)("with layers compressed by %s", (compression) => {
  test("a layout, as a folder and as a tar, and an archive of docker save give the same image", async () => {
    const image = await made({ compression });
    const expected = seenOf(image, compression);
    expect(await read(await asFolder(fresh(), image.layout))).toEqual(expected);
    expect(await read(await asTar(fresh(), image.layout))).toEqual(expected);
    expect(await read(await asTar(fresh(), image.saved))).toEqual(expected);
  });
});

const deep = `${"layer-directory/".repeat(10)}layer.tar`;

test.each(["gnu", "pax", "ustar"])("long names in a tar of format %s are found", async (format) => {
  const image = await made({ compression: "none" });
  const list = JSON.parse(Buffer.from(image.saved.get("manifest.json") ?? "").toString());
  list[0].Layers[0] = deep;
  const saved = new Map(image.saved).set("manifest.json", Buffer.from(JSON.stringify(list)));
  saved.set(deep, saved.get("0/layer.tar") as Uint8Array).delete("0/layer.tar");
  expect(await read(await packed(await asFolder(fresh(), saved), format))).toEqual(seenOf(image, "none"));
});

test.each(["gnu", "pax"])(
  "long links in a tar of format %s are followed, one that leads nowhere is not there",
  async (format: string) => {
    const image = await made({ compression: "none" });
    const saved = new Map(image.saved);
    saved.set(deep, saved.get("0/layer.tar") as Uint8Array).delete("0/layer.tar");
    const folder = await asFolder(fresh(), saved);
    await mkdir(join(folder, "0"));
    await symlink(`../${deep}`, join(folder, "0/layer.tar"));
    expect(await read(await packed(folder, format))).toEqual(seenOf(image, "none"));
    await rm(join(folder, deep));
    expect(await read(await packed(folder, format))).toBeUndefined();
  },
);

/** As the system's tar packs a folder. */
async function packed(folder: string, format: string): Promise<string> {
  const path = fresh();
  const { exitCode, stderr } = Bun.spawnSync(["tar", `--format=${format}`, "-cf", path, "-C", folder, "."]);
  expect(`${exitCode} ${stderr}`).toBe("0 ");
  return path;
}

test("of several images the one is meant whose manifest is named, or that is for the platform", async () => {
  const [one, two] = [await made(), await made({ platform: { os: "linux", architecture: "s390x" } })];
  const entries = [one, two].map((image) => JSON.parse(Buffer.from(image.layout.get("index.json") ?? "").toString()));
  const manifests = entries.flatMap((index) => index.manifests);
  const attestation = { digest: one.id, platform: { os: "unknown", architecture: "unknown" } };
  const both = new Map([...one.layout, ...two.layout]);
  both.set("index.json", Buffer.from(JSON.stringify({ manifests: [...manifests, attestation] })));
  const path = await asFolder(fresh(), both);
  expect((await read(path, two.manifest))?.id).toBe(two.id);
  expect((await read(path, undefined, "linux/s390x"))?.id).toBe(two.id);
  expect(await read(path, undefined, "linux/riscv64")).toBeUndefined();
  await expect(read(path)).rejects.toThrow("has 2 images");

  const index = Buffer.from(JSON.stringify({ manifests }));
  both.set(`blobs/sha256/${sha256(index)}`, index);
  both.set("index.json", Buffer.from(JSON.stringify({ manifests: [{ digest: `sha256:${sha256(index)}` }] })));
  const nested = await asTar(fresh(), both);
  expect((await read(nested, undefined, `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`))?.id).toBe(one.id);
});

describe("an image is absent", () => {
  test("where nothing is at the path", async () => {
    expect(await read(fresh())).toBeUndefined();
  });

  test("where a part of it is missing", async () => {
    const image = await made();
    for (const [of, write] of [
      [image.layout, asFolder],
      [image.layout, asTar],
      [image.saved, asTar],
    ] as const)
      for (const name of of.keys()) {
        if (["oci-layout", "index.json", "manifest.json"].includes(name)) continue;
        const without = new Map(of);
        without.delete(name);
        expect(await read(await write(fresh(), without))).toBeUndefined();
      }
  });

  test("where another manifest is wanted", async () => {
    const image = await made();
    expect(await read(await asFolder(fresh(), image.layout), `sha256:${"0".repeat(64)}`)).toBeUndefined();
  });
});

describe("refused is", () => {
  test.each<[string, (path: string, image: MadeImage) => Promise<unknown>, string]>([
    ["a file that is no tar", (path) => writeFile(path, "x".repeat(1024)), "is no tar"],
    ["a tar that is compressed", async (path) => writeFile(path, Bun.gzipSync("x".repeat(4096))), "is cut off"],
    [
      "a large tar that is compressed",
      async (path) => writeFile(path, Bun.gzipSync(crypto.getRandomValues(new Uint8Array(8192)))),
      "is compressed as a whole",
    ],
    ["a folder of something else", (path) => asFolder(path, new Map([["a", Buffer.from("b")]])), "is neither"],
    [
      "a tar that is cut off",
      async (path, image) => {
        await asTar(path, image.saved);
        await writeFile(path, (await Bun.file(path).bytes()).subarray(0, 1000));
      },
      "is cut off",
    ],
    [
      "a config that is not what its digest says",
      (path, image) =>
        asFolder(path, new Map(image.layout).set(`blobs/sha256/${image.id.slice(7)}`, Buffer.from("{}"))),
      "has other content than",
    ],
    [
      "a description that is no JSON",
      (path, image) => asFolder(path, new Map(image.layout).set("index.json", Buffer.from("{"))),
      "no JSON",
    ],
    [
      "a list of fewer layers than the config has",
      (path, image) => {
        const list = JSON.parse(Buffer.from(image.saved.get("manifest.json") ?? "").toString());
        list[0].Layers.pop();
        return asTar(path, new Map(image.saved).set("manifest.json", Buffer.from(JSON.stringify(list))));
      },
      "different layers",
    ],
    [
      "a list of several images",
      (path, image) => {
        const list = JSON.parse(Buffer.from(image.saved.get("manifest.json") ?? "").toString());
        const both = [...list, { ...list[0], Config: "other.json" }];
        return asTar(path, new Map(image.saved).set("manifest.json", Buffer.from(JSON.stringify(both))));
      },
      "has 2 images",
    ],
  ])("%s", async (_what, write, words) => {
    const path = fresh();
    await mkdir(dirname(path), { recursive: true });
    await write(path, await made());
    await expect(read(path)).rejects.toThrow(words);
    await rm(path, { recursive: true });
  });
});

test("a layer that is read while the work is cancelled is not read to its end", async () => {
  const image = await made();
  const source = await openArchive({ path: await asTar(fresh(), image.saved) });
  const stop = AbortSignal.abort(new Error("enough"));
  await expect(source?.layers[0]?.blob(stop)).rejects.toThrow("enough");
});
