/** An image without an engine into a registry: which blobs go, under which manifest, and what a failure leaves. */
import { describe, expect, test } from "bun:test";
import { parseReference } from "../../../src/image/reference.ts";
import { pushSource } from "../../../src/image/registry/push-source.ts";
import type { PushedBlob, Registry } from "../../../src/image/registry/registry.ts";
import { openRegistryImage } from "../../../src/image/registry/registry-source.ts";
import type { ImageSource, SourceLayer } from "../../../src/image/source/image-source.ts";
import { sha256 } from "../../../src/std/data/digest.ts";
import { type MadeImage, makeImage } from "../../rig/image-archive.ts";

const signal = new AbortController().signal;
const noScratch = () => Promise.reject(new Error("nothing is large here"));
const files = ["one", "two", "three"].map((content) => ({ path: `srv/${content}`, content }));

/** A registry in memory, and what it was given in which order. */
function memoryRegistry(has: readonly string[] = [], refuses: (blob: PushedBlob) => boolean = () => false) {
  const blobs = new Map<string, Uint8Array>(has.map((digest) => [digest, new Uint8Array()]));
  const given: string[] = [];
  const manifests: { tag: string | undefined; bytes: Uint8Array; mediaType: string }[] = [];
  const registry: Pick<Registry, "hasBlob" | "upload" | "putManifest" | "content" | "blob"> = {
    hasBlob: async (_reference, digest) => blobs.has(digest),
    async upload(_reference, blob) {
      if (refuses(blob)) throw new Error("refused");
      const bytes = Buffer.concat(await Array.fromAsync(blob.chunks()));
      expect([`sha256:${sha256(bytes)}`, bytes.length]).toEqual([blob.digest, blob.bytes]);
      given.push(blob.digest);
      blobs.set(blob.digest, bytes);
    },
    async putManifest({ tag }, content) {
      manifests.push({ tag, ...content });
      return `sha256:${sha256(content.bytes)}`;
    },
    async content() {
      const [last] = manifests.slice(-1);
      return last && { ...last, digest: `sha256:${sha256(last.bytes)}` };
    },
    async *blob(_reference, digest) {
      yield blobs.get(digest) ?? new Uint8Array();
    },
  };
  return { registry, given, manifests, blobs };
}

/** As an archive gives it. @param isLayout with the manifest and digests that a layout has */
async function sourceOf(image: MadeImage, isLayout: boolean): Promise<ImageSource & { readonly read: string[] }> {
  const read: string[] = [];
  const stored = [...image.saved].filter(([path]) => path.endsWith("layer.tar")).map(([, bytes]) => bytes);
  const layers = stored.map((bytes, i): SourceLayer => {
    const diffId = image.diffIds[i] ?? "";
    const digest = `sha256:${sha256(bytes)}`;
    const chunks = () => {
      read.push(diffId);
      return [bytes];
    };
    const compression = digest === diffId ? "none" : "gzip";
    return { diffId, bytes: bytes.length, blob: async () => ({ digest, bytes: bytes.length, compression, chunks }) };
  });
  const bytes = image.layout.get(`blobs/${image.manifest.replace(":", "/")}`) ?? new Uint8Array();
  const manifest = { bytes, mediaType: "application/vnd.oci.image.manifest.v1+json" };
  return { id: image.id, config: image.config, layers, read, ...(isLayout ? { manifest } : {}) };
}

test("a layout's manifest goes as it is, after every blob; what is there is not read", async () => {
  const image = await makeImage({ files });
  const source = await sourceOf(image, true);
  const [first] = await Promise.all(source.layers.map(async (layer) => (await layer.blob(signal)).digest));
  const it = memoryRegistry([first ?? ""]);
  const { digest, bytes } = await pushSource(it.registry, source, "r.io/web:v1", noScratch, signal);
  expect(digest).toBe(image.manifest);
  expect(source.read).toEqual(image.diffIds.slice(1));
  expect(it.given).toHaveLength(3);
  expect(it.given.at(-1)).toBe(image.id);
  expect(bytes).toBe(it.given.reduce((sum, each) => sum + (it.blobs.get(each)?.length ?? 0), 0));
  expect(it.manifests).toMatchObject([{ tag: "v1" }]);
  expect((await pushSource(it.registry, source, "r.io/web:v2", noScratch, signal)).bytes).toBe(0);
});

test("without a manifest one is made, and layers are compressed, the same each time", async () => {
  const image = await makeImage({ files, compression: "none" });
  const it = memoryRegistry();
  const source = await sourceOf(image, false);
  const first = await pushSource(it.registry, source, "r.io/web:v1", noScratch, signal);
  const second = await pushSource(it.registry, source, "r.io/web:v2", noScratch, signal);
  expect(second).toEqual({ digest: first.digest, bytes: 0 });
  const manifest = JSON.parse(Buffer.from(it.manifests[0]?.bytes ?? "").toString());
  expect(manifest.config.digest).toBe(image.id);
  for (const [i, { digest, mediaType }] of manifest.layers.entries()) {
    expect(mediaType).toBe("application/vnd.oci.image.layer.v1.tar+gzip");
    const plain = Bun.gunzipSync(new Uint8Array(it.blobs.get(digest) ?? []));
    expect(`sha256:${sha256(plain)}`).toBe(image.diffIds[i] as string);
  }
});

test("where a blob is refused no manifest names it", async () => {
  const image = await makeImage({ files });
  const source = await sourceOf(image, true);
  const refused = (await source.layers[1]?.blob(signal))?.digest;
  const it = memoryRegistry([], ({ digest }) => digest === refused);
  await expect(pushSource(it.registry, source, "r.io/web:v1", noScratch, signal)).rejects.toThrow("refused");
  expect([it.manifests, it.given.includes(image.id)]).toEqual([[], false]);
});

describe("an image in a registry", () => {
  const reference = parseReference(`r.io/web@sha256:${"1".repeat(64)}`);
  const pushed = async () => {
    const image = await makeImage({ files });
    const it = memoryRegistry();
    await pushSource(it.registry, await sourceOf(image, true), "r.io/web:v1", noScratch, signal);
    return { image, ...it };
  };

  test("is read layer by layer, as it was pushed", async () => {
    const { image, registry, blobs } = await pushed();
    const source = await openRegistryImage(registry, reference, signal);
    expect(source).toMatchObject({ id: image.id });
    expect(Buffer.from(source?.config ?? "").equals(Buffer.from(image.config))).toBe(true);
    for (const [i, layer] of (source?.layers ?? []).entries()) {
      const { digest, chunks, compression } = await layer.blob(signal);
      expect([layer.diffId, compression]).toEqual([image.diffIds[i] as string, "gzip"]);
      expect(Buffer.concat(await Array.fromAsync(chunks())).equals(Buffer.from(blobs.get(digest) ?? []))).toBe(true);
    }
  });

  test("is absent, or refused where it is an index, or its config is another one", async () => {
    expect(await openRegistryImage(memoryRegistry().registry, reference, signal)).toBeUndefined();
    const { image, registry, blobs } = await pushed();
    blobs.set(image.id, Buffer.from("{}"));
    await expect(openRegistryImage(registry, reference, signal)).rejects.toThrow("other content than");
    const index = { bytes: Buffer.from('{"manifests":[]}'), mediaType: "application/x" };
    await registry.putManifest(reference, index, signal);
    await expect(openRegistryImage(registry, reference, signal)).rejects.toThrow("no manifest");
  });
});
