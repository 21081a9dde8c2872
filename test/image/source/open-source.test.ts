/** Images at what holds them: which is opened, and by which look it is known to be there. */
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { Failure } from "../../../src/diag/failure.ts";
import type { Holder } from "../../../src/image/holder.ts";
import type { Registry } from "../../../src/image/registry/registry.ts";
import { holderWords, sourcesOver } from "../../../src/image/source/open-source.ts";
import { asFolder, makeImage } from "../../rig/image-archive.ts";
import { tempFolder } from "../../rig/temp-folder.ts";

const signal = new AbortController().signal;
const root = await tempFolder();
afterAll(() => root[Symbol.asyncDispose]());
const other = `sha256:${"0".repeat(64)}` as const;

const image = await makeImage({ files: [{ path: "srv/page", content: "one" }] });
const path = await asFolder(join(root.path, "layout"), image.layout);
const archive: Holder = { kind: "archive", path, manifest: image.manifest };
const inRegistry: Holder = { kind: "registry", reference: `r.io/web@${image.manifest}` };

function registry(has: boolean) {
  const asked: string[] = [];
  const manifest = image.layout.get(`blobs/${image.manifest.replace(":", "/")}`) ?? new Uint8Array();
  const made: Pick<Registry, "digest" | "content" | "blob"> = {
    digest: async ({ digest }) => {
      asked.push("digest");
      return has ? digest : undefined;
    },
    content: async () => {
      asked.push("content");
      return has ? { bytes: manifest, mediaType: "application/x", digest: image.manifest } : undefined;
    },
    async *blob(_reference, digest) {
      asked.push("blob");
      yield image.layout.get(`blobs/${digest.replace(":", "/")}`) ?? new Uint8Array();
    },
  };
  return { asked, sources: sourcesOver(made) };
}

test("an archive has the image whose config it is, and no other one", async () => {
  const { sources, asked } = registry(true);
  expect((await sources.open(archive, image.id, signal))?.id).toBe(image.id);
  expect(await sources.holds(archive, image.id, signal)).toBe(true);
  expect(await sources.open(archive, other, signal)).toBeUndefined();
  expect(await sources.holds(archive, other, signal)).toBe(false);
  expect(await sources.holds({ kind: "archive", path: join(root.path, "gone") }, image.id, signal)).toBe(false);
  const broken: Holder = {
    kind: "archive",
    path: await asFolder(join(root.path, "other"), new Map([["x", new Uint8Array()]])),
  };
  await expect(sources.holds(broken, image.id, signal)).rejects.toBeInstanceOf(Failure);
  expect(asked).toEqual([]);
});

test("a registry is known to have the image by one request, and opened by its manifest and config", async () => {
  const there = registry(true);
  expect(await there.sources.holds(inRegistry, image.id, signal)).toBe(true);
  expect(there.asked).toEqual(["digest"]);
  expect((await there.sources.open(inRegistry, image.id, signal))?.id).toBe(image.id);
  expect(there.asked).toEqual(["digest", "content", "blob"]);
  expect(await there.sources.open(inRegistry, other, signal)).toBeUndefined();
  const empty = registry(false);
  expect(await empty.sources.holds(inRegistry, image.id, signal)).toBe(false);
  expect(await empty.sources.open(inRegistry, image.id, signal)).toBeUndefined();
});

test("people are told the path or the reference", () => {
  expect(holderWords(archive)).toBe(`in the archive ${path}`);
  expect(holderWords(inRegistry)).toBe(`in its registry as r.io/web@${image.manifest}`);
});
