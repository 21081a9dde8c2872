/**
 * An OCI archive with only the layers that one node lacks: its manifest names every layer, and the node finds the
 * others in its own store. Decides the digest and media type under which each layer is named. Pure.
 */
import { sha256 } from "../../std/data/digest.ts";
import type { NodeLayers } from "../node/node-contents.ts";
import { chainId } from "../node/node-contents.ts";
import type { ImageId } from "../reference.ts";
import { type LayerBlob, layerType } from "../source/image-source.ts";
import { type TarEntry, tar, tarLength } from "./tar.ts";

export interface PartialArchive {
  readonly bytes: number;
  chunks(): AsyncIterable<Uint8Array>;
  readonly manifestDigest: string;
  /** Digest and size of every blob in the archive. */
  readonly blobs: ReadonlyMap<string, number>;
  /** Included layers: diff id -> digest of the bytes. */
  readonly sent: ReadonlyMap<string, string>;
}

/** A layer for a node. Layers from an engine are compressed by gzip, and do not say so. */
export type TravellingLayer = Omit<LayerBlob, "compression"> & Partial<Pick<LayerBlob, "compression">>;

/** The layers that a node lacks, lowest first: neither a blob nor part of an existing snapshot chain. */
export function lackingLayers(diffIds: readonly string[], layers: NodeLayers): string[] {
  const unpacked = unpackedBelow(diffIds, layers);
  return diffIds.filter((diffId, i) => i >= unpacked && !layers.blobs.has(diffId));
}

/** How many of the lowest layers exist as snapshots: their chain is unpacked up to this one. */
function unpackedBelow(diffIds: readonly string[], layers: NodeLayers): number {
  for (let n = diffIds.length; n > 0; n--) {
    const chain = chainId(diffIds.slice(0, n));
    if (chain !== undefined && layers.snapshots.has(chain)) return n;
  }
  return 0;
}

const indexType = "application/vnd.oci.image.index.v1+json";
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const configType = "application/vnd.oci.image.config.v1+json";

/**
 * @param received layers by diff id
 * @throws Error where a lacking layer is not among them
 */
export function partialArchive(
  name: string,
  id: ImageId,
  config: Uint8Array,
  diffIds: readonly string[],
  layers: NodeLayers,
  received: ReadonlyMap<string, TravellingLayer>,
): PartialArchive {
  const lacking = new Set(lackingLayers(diffIds, layers));
  const sent = new Map<string, TravellingLayer>();
  const described = diffIds.map((diffId) => {
    const there = layers.blobs.get(diffId);
    if (there)
      return {
        mediaType: layerType(there.digest === diffId ? "none" : "gzip"),
        digest: there.digest,
        size: there.bytes,
      };
    // Unpacked, but its blob was discarded: only the name counts, because the blob is not read.
    if (!lacking.has(diffId)) return { mediaType: layerType("none"), digest: diffId, size: 1 };
    const layer = received.get(diffId);
    if (layer === undefined) throw new Error(`the layer ${diffId} is lacking and was not received`);
    sent.set(diffId, layer);
    return { mediaType: layerType(layer.compression ?? "gzip"), digest: layer.digest, size: layer.bytes };
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: configType, digest: id, size: config.length },
    layers: described,
  });
  const manifestDigest = `sha256:${sha256(manifest)}`;
  const annotations = { "io.containerd.image.name": name };
  const entry = { mediaType: manifestType, digest: manifestDigest, size: manifest.length, annotations };
  const index = json({ schemaVersion: 2, mediaType: indexType, manifests: [entry] });
  const entries: TarEntry[] = [
    plain("oci-layout", json({ imageLayoutVersion: "1.0.0" })),
    plain(blobPath(manifestDigest), manifest),
    plain(blobPath(id), config),
    ...[...new Map([...sent.values()].map((layer) => [layer.digest, layer])).values()].map((layer) => ({
      path: blobPath(layer.digest),
      bytes: layer.bytes,
      get chunks() {
        return layer.chunks();
      },
    })),
    plain("index.json", index),
  ];
  const blobs = new Map([
    [manifestDigest, manifest.length],
    [id as string, config.length],
    ...[...sent.values()].map((layer): [string, number] => [layer.digest, layer.bytes]),
  ]);
  return {
    bytes: tarLength(entries),
    chunks: () => tar(entries),
    manifestDigest,
    blobs,
    sent: new Map([...sent].map(([diffId, layer]) => [diffId, layer.digest])),
  };
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function plain(path: string, content: Uint8Array): TarEntry {
  return { path, bytes: content.length, chunks: [content] };
}

function blobPath(digest: string): string {
  return `blobs/sha256/${digest.slice("sha256:".length)}`;
}
