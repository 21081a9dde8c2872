/**
 * An image that can be read layer by layer from any holder. Reading its description opens no layer; a layer is read
 * where a place lacks it, in the form in which it is stored.
 */
import type { Chunks } from "../../std/bytes/exact-chunks.ts";
import type { ImageId } from "../reference.ts";

/** The stored bytes of a layer. */
export interface LayerBlob {
  /** Digest of these bytes, compressed or not. */
  readonly digest: string;
  readonly bytes: number;
  readonly compression: Compression;
  /** From the start, any number of times. */
  chunks(): Chunks;
}

export type Compression = "none" | "gzip" | "zstd";

export interface SourceLayer {
  /** Digest of the unpacked layer. */
  readonly diffId: string;
  /** Size of the stored layer. */
  readonly bytes: number;
  /**
   * Reads the layer once where its digest is not recorded.
   * @throws Failure where it is damaged or gone
   */
  blob(signal: AbortSignal): Promise<LayerBlob>;
}

export interface ImageSource {
  /** The config's digest. */
  readonly id: ImageId;
  readonly config: Uint8Array;
  /** Lowest first. */
  readonly layers: readonly SourceLayer[];
  /** The stored manifest, where there is one: a registry names the image by its digest. */
  readonly manifest?: { readonly bytes: Uint8Array; readonly mediaType: string };
}

/** Derived from the media type of a layer's descriptor. */
export function compressionOf(mediaType: string): Compression {
  if (mediaType.endsWith("+gzip") || mediaType.endsWith(".gzip")) return "gzip";
  return mediaType.endsWith("+zstd") ? "zstd" : "none";
}

/** Derived from the first bytes of a layer without a descriptor. */
export function compressionIn(first: Uint8Array): Compression {
  if (first[0] === 0x1f && first[1] === 0x8b) return "gzip";
  return Buffer.from(first.subarray(0, 4)).toString("hex") === "28b52ffd" ? "zstd" : "none";
}

const layerTypes: Readonly<Record<Compression, string>> = {
  none: "application/vnd.oci.image.layer.v1.tar",
  gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
};

/** The media type of a layer in a manifest that devloop makes. */
export function layerType(compression: Compression): string {
  return layerTypes[compression];
}
