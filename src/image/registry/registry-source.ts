/**
 * An image in a registry, read layer by layer. An index is refused: it names several images, and a builder names its
 * image by that image's own digest.
 */
import { Failure } from "../../diag/failure.ts";
import { sha256 } from "../../std/data/digest.ts";
import { isJsonRecord, type Json } from "../../std/data/json.ts";
import { readDiffIds } from "../node/node-contents.ts";
import type { ImageId, Reference } from "../reference.ts";
import { noManifest } from "../registry-manifest.ts";
import { compressionOf, type ImageSource, type LayerBlob } from "../source/image-source.ts";
import type { Registry } from "./registry.ts";

export type RegistryRead = Pick<Registry, "content" | "blob">;

const mostConfig = 4 << 20;

/**
 * @returns undefined where the registry does not have it
 * @throws Failure for what is no image's manifest
 */
export async function openRegistryImage(
  registry: RegistryRead,
  reference: Reference,
  signal: AbortSignal,
): Promise<ImageSource | undefined> {
  const found = await registry.content(reference, signal);
  if (found === undefined) return undefined;
  const manifest = JSON.parse(Buffer.from(found.bytes).toString()) as Json;
  if (!isJsonRecord(manifest) || !isJsonRecord(manifest.config) || !Array.isArray(manifest.layers))
    throw noManifest(reference);
  const id = String(manifest.config.digest) as ImageId;
  const config = await configOf(registry, reference, id, signal);
  const diffIds = readDiffIds(Buffer.from(config).toString());
  const described = manifest.layers.filter(isJsonRecord);
  if (described.length !== diffIds.length) throw noManifest(reference);
  const layers = described.map((layer, i) => {
    const bytes = Number(layer.size);
    const blob = (during: AbortSignal): LayerBlob => ({
      digest: String(layer.digest),
      bytes,
      compression: compressionOf(String(layer.mediaType)),
      chunks: () => registry.blob(reference, String(layer.digest), during),
    });
    return { diffId: diffIds[i] ?? "", bytes, blob: async (during: AbortSignal) => blob(during) };
  });
  return { id, config, layers, manifest: { bytes: found.bytes, mediaType: found.mediaType } };
}

async function configOf(
  registry: RegistryRead,
  reference: Reference,
  id: ImageId,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of registry.blob(reference, id, signal)) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mostConfig) throw noManifest(reference);
  }
  const config = Buffer.concat(chunks);
  if (`sha256:${sha256(config)}` === id) return config;
  throw new Failure(`the registry ${reference.registry} answered with other content than ${id}`);
}
