/**
 * The content of a node's containerd, parsed from its own listings: names with their manifests, blobs with their sizes,
 * snapshots where they are needed. Pure.
 * Decides when an image counts as present: a name that points to a manifest whose config is the image and whose layers
 * all exist, as blobs or unpacked. A name alone proves nothing, because a failed import leaves one behind.
 */
import { sha256 } from "../../std/data/digest.ts";
import { isJsonRecord, type Json, recordIn } from "../../std/data/json.ts";
import { fullName, type ImageId } from "../reference.ts";

export interface NodeContents {
  /** Full name -> digest of its target, for the names that were asked for. See `namesOf`. */
  readonly names: ReadonlyMap<string, string>;
  /** Digest -> bytes of every blob in the content store. */
  readonly blobs: ReadonlyMap<string, number>;
}

/** Layers by their diff ids (digests of the unpacked content), however they are stored. */
export interface NodeLayers {
  /** Diff id -> the blob that holds it; its digest is the diff id itself where it is stored uncompressed. */
  readonly blobs: ReadonlyMap<string, { readonly digest: string; readonly bytes: number }>;
  /** Names of unpacked chains, see `chainId`. */
  readonly snapshots: ReadonlySet<string>;
}

export interface Manifest {
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
  /** For an index: its manifests. */
  readonly manifests?: readonly { readonly digest: string }[];
}

/** A manifest, or an index of manifests, from a blob's text; an empty one for any other text. */
export function readNodeManifest(text: string): Manifest {
  const raw = recordIn(text);
  const [config] = descriptors([raw?.config]);
  return {
    ...(config && { config }),
    ...(Array.isArray(raw?.layers) && { layers: descriptors(raw.layers) }),
    ...(Array.isArray(raw?.manifests) && { manifests: descriptors(raw.manifests) }),
  };
}

/** The diff ids of an image's layers, from its config's text. */
export function readDiffIds(text: string): readonly string[] {
  const rootfs = recordIn(text)?.rootfs;
  const ids = isJsonRecord(rootfs) ? rootfs.diff_ids : undefined;
  return Array.isArray(ids) ? ids.filter(isText) : [];
}

function descriptors(values: readonly (Json | undefined)[]): { readonly digest: string }[] {
  return values.flatMap((value) => (isJsonRecord(value) && isText(value.digest) ? [{ digest: value.digest }] : []));
}

function isText(value: Json | undefined): value is string {
  return typeof value === "string";
}

/** The possible names of an image on a node: its full name, and containerd's own name for its content. */
export function namesOf({ id, name }: { readonly id: ImageId; readonly name: string }): readonly string[] {
  return [fullName(name), id];
}

/** Parses `ctr images ls`: a table whose first and third columns are the name and the digest. */
export function readNames(table: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const line of table.split("\n")) {
    const [name, , digest] = line.trim().split(/\s+/);
    if (name && digest?.startsWith("sha256:")) names.set(name, digest);
  }
  return names;
}

/** All images of a node and the used ones, by name. */
export interface NodeInventory {
  /** Name -> its target, and the target's size on the node. */
  readonly images: ReadonlyMap<string, { readonly digest: string; readonly bytes: number }>;
  /** Names of images that containers were made from, including ended containers. */
  readonly used: ReadonlySet<string>;
}

const units: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** Parses `ctr images ls` and `ctr containers ls`. Sizes are rounded by the node: `9.8 MiB`. */
export function readInventory(images: string, containers: string): NodeInventory {
  const found = images.split("\n").flatMap((line) => {
    const [name, , digest, amount, unit = ""] = line.trim().split(/\s+/);
    if (!name || !digest?.startsWith("sha256:")) return [];
    return [[name, { digest, bytes: Math.round(Number(amount) * (units[unit] ?? 0)) || 0 }] as const];
  });
  const [, ...rows] = containers.split("\n");
  const used = rows.flatMap((row) => row.trim().split(/\s+/)[1] ?? []);
  return { images: new Map(found), used: new Set(used) };
}

/** Parses `stat -c '%n %s' *` in the blob folder. */
export function readBlobs(listing: string): Map<string, number> {
  const blobs = new Map<string, number>();
  for (const line of listing.split("\n")) {
    const [hex, size] = line.trim().split(" ");
    if (hex?.length === 64) blobs.set(`sha256:${hex}`, Number(size));
  }
  return blobs;
}

/**
 * Parses `ctr content ls`, which gives every blob's labels: containerd labels a layer with its diff id once it was
 * unpacked. A blob without that label counts as a layer stored uncompressed, which is its own diff id; this is harmless
 * for other blobs, because no image asks for them as layers.
 */
export function readLayers(table: string, sizes: ReadonlyMap<string, number>): NodeLayers["blobs"] {
  const layers = new Map<string, { digest: string; bytes: number }>();
  for (const line of table.split("\n")) {
    const digest = /^sha256:[a-f0-9]{64}/.exec(line)?.[0];
    if (digest === undefined) continue;
    const bytes = sizes.get(digest);
    if (bytes === undefined) continue;
    const diffId = /containerd\.io\/uncompressed=(sha256:[a-f0-9]{64})/.exec(line)?.[1] ?? digest;
    if (diffId === digest || !layers.has(diffId)) layers.set(diffId, { digest, bytes });
  }
  return layers;
}

/** Whether all parts of a manifest exist, given the diff ids of its layers where a snapshot may replace blobs. */
export function isComplete(manifest: Manifest, contents: NodeContents, snapshots: ReadonlySet<string>, top?: string) {
  if (manifest.config === undefined || !contents.blobs.has(manifest.config.digest)) return false;
  if ((manifest.layers ?? []).every((layer) => contents.blobs.has(layer.digest))) return true;
  return top !== undefined && snapshots.has(top);
}

/** True where the manifest, or its index, is the image with this id. */
export function isOf(id: ImageId, manifest: Manifest, digests: readonly string[]): boolean {
  return manifest.config?.digest === id || digests.includes(id);
}

/**
 * The name of a snapshot: a digest over the layers below and the layer itself. Undefined for an image without layers.
 */
export function chainId(diffIds: readonly string[]): string | undefined {
  const [first, ...rest] = diffIds;
  if (first === undefined) return undefined;
  return rest.reduce((below, diffId) => `sha256:${sha256(`${below} ${diffId}`)}`, first);
}
