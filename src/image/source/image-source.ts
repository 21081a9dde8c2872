/**
 * An image that can be read layer by layer, whatever holds it. Reading its description opens no layer; a layer is read
 * where a place lacks it, and as it is stored.
 */
import type { Chunks } from "../../std/bytes/exact-chunks.ts";
import type { ImageId } from "../reference.ts";

/** The bytes of a layer as they travel. */
export interface LayerBlob {
  /** Of these bytes, compressed or not. */
  readonly digest: string;
  readonly bytes: number;
  readonly compression: Compression;
  /** From the start, as often as wanted. */
  chunks(): Chunks;
}

export type Compression = "none" | "gzip" | "zstd";

export interface SourceLayer {
  /** Digest of the unpacked layer. */
  readonly diffId: string;
  /** Bytes as it is stored. */
  readonly bytes: number;
  /** Reads the layer once where nothing says its digest. @throws Failure where it is damaged or gone */
  blob(signal: AbortSignal): Promise<LayerBlob>;
}

export interface ImageSource {
  /** The config's digest. */
  readonly id: ImageId;
  readonly config: Uint8Array;
  /** Lowest first. */
  readonly layers: readonly SourceLayer[];
  /** The manifest as it is kept, where it is kept: by its digest a registry names the image. */
  readonly manifest?: { readonly bytes: Uint8Array; readonly mediaType: string };
}

/** By the media type of a layer's descriptor. */
export function compressionOf(mediaType: string): Compression {
  if (mediaType.endsWith("+gzip") || mediaType.endsWith(".gzip")) return "gzip";
  return mediaType.endsWith("+zstd") ? "zstd" : "none";
}

/** By the first bytes of a layer, where no descriptor says it. */
export function compressionIn(first: Uint8Array): Compression {
  if (first[0] === 0x1f && first[1] === 0x8b) return "gzip";
  return Buffer.from(first.subarray(0, 4)).toString("hex") === "28b52ffd" ? "zstd" : "none";
}

const layerTypes: Readonly<Record<Compression, string>> = {
  none: "application/vnd.oci.image.layer.v1.tar",
  gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
};

/** The media type of a layer in a manifest of our own. */
export function layerType(compression: Compression): string {
  return layerTypes[compression];
}
