/**
 * An image in an archive: an OCI layout, as a folder or a tar, or a tar from `docker save`.
 * Decides which of an archive's images is selected: the one whose manifest is named, else the only one for the
 * platform. An archive with several candidates is refused, and so is content that does not match its digest. A missing
 * blob makes the whole image absent.
 */
import { Failure } from "../../diag/failure.ts";
import { sha256 } from "../../std/data/digest.ts";
import { isJsonRecord, type Json, type JsonRecord } from "../../std/data/json.ts";
import type { ArchiveHolder } from "../holder.ts";
import { readDiffIds } from "../node/node-contents.ts";
import { isDigest } from "../reference.ts";
import {
  compressionIn,
  compressionOf,
  type ImageSource,
  type LayerBlob,
  type SourceLayer,
} from "../source/image-source.ts";
import { type ArchiveEntries, type ArchiveEntry, archiveEntries, damaged } from "./entries.ts";

/** Limit for manifests and configs, which are small. */
const mostText = 4 << 20;

/**
 * @param platform `os/arch[/variant]`, which selects one of several images
 * @returns undefined where the archive, the image or a part of it does not exist
 * @throws Failure where it is damaged, or the selection is not unique
 */
export async function openArchive(
  { path, manifest }: Omit<ArchiveHolder, "kind">,
  platform?: string,
): Promise<ImageSource | undefined> {
  const entries = await archiveEntries(path);
  if (entries === undefined) return undefined;
  const at: Place = { path, entries };
  if (manifest !== undefined) return layoutImage(at, undefined, manifest, platform);
  const index = await jsonOf(at, "index.json");
  if (index !== undefined) return layoutImage(at, index, undefined, platform);
  const list = await jsonOf(at, "manifest.json");
  if (list === undefined) throw damaged(path, "is neither an OCI layout nor one of `docker save`");
  return savedImage(at, list);
}

interface Place {
  readonly path: string;
  readonly entries: ArchiveEntries;
}

async function layoutImage(
  at: Place,
  index: Json | undefined,
  wanted: string | undefined,
  platform: string | undefined,
): Promise<ImageSource | undefined> {
  const digest = wanted ?? (await chosenIn(at, index, platform));
  const bytes = digest && (await blobText(at, digest));
  if (!bytes) return undefined;
  const manifest = parsed(at, bytes);
  if (!isJsonRecord(manifest)) throw damaged(at.path, `has no manifest behind ${digest}`);
  if (Array.isArray(manifest.manifests)) {
    const inner = await chosenIn(at, manifest, platform);
    return inner === undefined ? undefined : layoutImage(at, undefined, inner, platform);
  }
  const id = digestOf(manifest.config);
  const config = id && (await blobText(at, id));
  if (!config) return undefined;
  const diffIds = readDiffIds(Buffer.from(config).toString());
  const described = Array.isArray(manifest.layers) ? manifest.layers.filter(isJsonRecord) : [];
  if (described.length !== diffIds.length) throw damaged(at.path, "has a manifest and a config of different layers");
  const layers: SourceLayer[] = [];
  for (const [i, layer] of described.entries()) {
    const digest = digestOf(layer);
    const entry = digest && (await at.entries.entry(blobPath(digest)));
    if (!digest || !entry) return undefined;
    const compression = compressionOf(typeof layer.mediaType === "string" ? layer.mediaType : "");
    const blob: LayerBlob = { digest, bytes: entry.bytes, compression, chunks: () => entry.chunks() };
    layers.push({ diffId: diffIds[i] ?? "", bytes: entry.bytes, blob: async () => blob });
  }
  const mediaType =
    typeof manifest.mediaType === "string" ? manifest.mediaType : "application/vnd.oci.image.manifest.v1+json";
  return { id: id as ImageSource["id"], config, layers, manifest: { bytes, mediaType } };
}

/** The selected manifest of an index. Undefined where it has none. */
async function chosenIn(at: Place, index: Json | undefined, platform: string | undefined): Promise<string | undefined> {
  const all = isJsonRecord(index) && Array.isArray(index.manifests) ? index.manifests.filter(isJsonRecord) : [];
  // Attestations are listed beside images, with an unknown platform.
  const images = all.filter((one) => platformOf(one) !== "unknown/unknown");
  const fitting = platform === undefined ? images : images.filter((one) => isFor(platformOf(one), platform));
  const digests = [...new Set(fitting.flatMap((one) => digestOf(one) ?? []))];
  if (digests.length > 1)
    throw new Failure({
      severity: "error",
      message: `the image archive ${at.path} has ${digests.length} images${platform === undefined ? "" : ` for ${platform}`}`,
      suggestion: "leave one image in it, or name the digest of its manifest",
    });
  return digests[0];
}

/** An image without a platform is for every platform. */
function isFor(has: string | undefined, platform: string): boolean {
  return has === undefined || platform === has || platform.startsWith(`${has}/`) || has.startsWith(`${platform}/`);
}

function platformOf({ platform }: JsonRecord): string | undefined {
  if (!isJsonRecord(platform)) return undefined;
  const { os, architecture, variant } = platform;
  return [os, architecture, variant].filter((part) => typeof part === "string" && part !== "").join("/");
}

/** `[{Config, RepoTags, Layers}]`, paths within the archive. */
async function savedImage(at: Place, list: Json): Promise<ImageSource | undefined> {
  const images = Array.isArray(list) ? list.filter(isJsonRecord) : [];
  const configs = new Set(images.map(({ Config }) => Config));
  if (configs.size > 1) throw damaged(at.path, `has ${configs.size} images, and nothing says which is meant`);
  const [first] = images;
  const paths = Array.isArray(first?.Layers) ? first.Layers.map(String) : [];
  const config = typeof first?.Config === "string" ? await textOf(at, first.Config) : undefined;
  if (config === undefined) return undefined;
  const diffIds = readDiffIds(Buffer.from(config).toString());
  if (paths.length !== diffIds.length) throw damaged(at.path, "has a list and a config of different layers");
  const layers: SourceLayer[] = [];
  for (const [i, path] of paths.entries()) {
    const entry = await at.entries.entry(path);
    if (entry === undefined) return undefined;
    layers.push(savedLayer(entry, diffIds[i] ?? ""));
  }
  return { id: `sha256:${sha256(config)}`, config, layers };
}

/** The compression and the digest of a saved layer are not recorded. */
function savedLayer(entry: ArchiveEntry, diffId: string): SourceLayer {
  let read: LayerBlob | undefined;
  return {
    diffId,
    bytes: entry.bytes,
    async blob(signal) {
      read ??= await described(entry, diffId, signal);
      return read;
    },
  };
}

async function described(entry: ArchiveEntry, diffId: string, signal: AbortSignal): Promise<LayerBlob> {
  const whole = { bytes: entry.bytes, chunks: () => entry.chunks() };
  const hasher = new Bun.CryptoHasher("sha256");
  let compression: LayerBlob["compression"] | undefined;
  for await (const chunk of entry.chunks()) {
    signal.throwIfAborted();
    compression ??= compressionIn(chunk);
    if (compression === "none") break;
    hasher.update(chunk);
  }
  if (compression === undefined || compression === "none") return { ...whole, digest: diffId, compression: "none" };
  return { ...whole, digest: `sha256:${hasher.digest("hex")}`, compression };
}

async function jsonOf(at: Place, name: string): Promise<Json | undefined> {
  const bytes = await textOf(at, name);
  return bytes && parsed(at, bytes);
}

function parsed({ path }: Place, bytes: Uint8Array): Json {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as Json;
  } catch {
    throw damaged(path, "has a description that is no JSON");
  }
}

/** The text of a blob, checked against its digest. */
async function blobText(at: Place, digest: string): Promise<Uint8Array | undefined> {
  const bytes = await textOf(at, blobPath(digest));
  if (bytes !== undefined && digest.startsWith("sha256:") && `sha256:${sha256(bytes)}` !== digest)
    throw damaged(at.path, `has other content than ${digest} under that name`);
  return bytes;
}

async function textOf({ path, entries }: Place, name: string): Promise<Uint8Array | undefined> {
  const entry = await entries.entry(name);
  if (entry === undefined) return undefined;
  if (entry.bytes > mostText) throw damaged(path, `has a ${name} that is too large to be a description`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry.chunks()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function digestOf(descriptor: Json | undefined): string | undefined {
  const digest = isJsonRecord(descriptor) ? descriptor.digest : undefined;
  return typeof digest === "string" && isDigest(digest) ? digest : undefined;
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}
