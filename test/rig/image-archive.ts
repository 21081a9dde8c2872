/**
 * Images that no engine made: a static busybox and small files in layers of their own, as OCI layouts and as what
 * `docker save` writes. Deterministic but for the content that a test gives.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type TarEntry, tar } from "../../src/image/archive/tar.ts";
import { sha256 } from "../../src/std/data/digest.ts";

export interface MadeImage {
  /** The config's digest. */
  readonly id: `sha256:${string}`;
  readonly config: Uint8Array;
  /** Digest of the manifest in a layout. */
  readonly manifest: string;
  /** Path in an archive -> content. */
  readonly layout: ReadonlyMap<string, Uint8Array>;
  readonly saved: ReadonlyMap<string, Uint8Array>;
  readonly diffIds: readonly string[];
}

export interface ImageOptions {
  /** A layer for each, over the one with busybox. */
  readonly files: readonly { readonly path: string; readonly content: string | Uint8Array }[];
  readonly compression?: "none" | "gzip" | "zstd";
  readonly busybox?: boolean;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

const digestOf = (bytes: Uint8Array) => `sha256:${sha256(bytes)}` as const;
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const blob = (digest: string) => `blobs/${digest.replace(":", "/")}`;

export async function makeImage({
  files,
  compression = "gzip",
  busybox = false,
  platform = { os: "linux", architecture: process.arch === "arm64" ? "arm64" : "amd64" },
}: ImageOptions): Promise<MadeImage> {
  const plain: Uint8Array[] = [];
  if (busybox) plain.push(await layerOf("bin/busybox", await Bun.file("/bin/busybox").bytes(), 0o755));
  for (const { path, content } of files) plain.push(await layerOf(path, Buffer.from(content), 0o644));
  const diffIds = plain.map(digestOf);
  const config = json({
    ...platform,
    config: { Cmd: ["/bin/busybox", "sleep", "3600"], WorkingDir: "/srv" },
    rootfs: { type: "layers", diff_ids: diffIds },
    history: diffIds.map(() => ({ created_by: "a test" })),
  });
  const layers = plain.map((bytes) => compressed(bytes, compression));
  const suffix = compression === "none" ? "" : `+${compression}`;
  const described = layers.map((bytes) => ({
    mediaType: `application/vnd.oci.image.layer.v1.tar${suffix}`,
    digest: digestOf(bytes),
    size: bytes.length,
  }));
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = json({
    schemaVersion: 2,
    mediaType,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: digestOf(config), size: config.length },
    layers: described,
  });
  const entry = { mediaType, digest: digestOf(manifest), size: manifest.length, platform };
  const name = `${sha256(config)}.json`;
  const paths = layers.map((_, i) => `${i}/layer.tar`);
  return {
    id: digestOf(config),
    config,
    manifest: digestOf(manifest),
    diffIds,
    layout: new Map([
      ["oci-layout", json({ imageLayoutVersion: "1.0.0" })],
      [blob(digestOf(config)), config],
      [blob(digestOf(manifest)), manifest],
      ...layers.map((bytes) => [blob(digestOf(bytes)), bytes] as const),
      ["index.json", json({ schemaVersion: 2, manifests: [entry] })],
    ]),
    saved: new Map([
      [name, config],
      ...layers.map((bytes, i) => [paths[i] as string, bytes] as const),
      ["manifest.json", json([{ Config: name, RepoTags: null, Layers: paths }])],
    ]),
  };
}

/** Writes files into a folder. */
export async function asFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
  return folder;
}

/** Writes files as one tar. */
export async function asTar(path: string, files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const entries = [...files].map(([name, bytes]): TarEntry => ({ path: name, bytes: bytes.length, chunks: [bytes] }));
  await writeFile(path, await bytesOf(entries));
  return path;
}

async function layerOf(path: string, content: Uint8Array, mode: number): Promise<Uint8Array> {
  return bytesOf([{ path, bytes: content.length, chunks: [content], mode }]);
}

async function bytesOf(entries: readonly TarEntry[]): Promise<Uint8Array> {
  return Buffer.concat(await Array.fromAsync(tar(entries)));
}

function compressed(bytes: Uint8Array, by: NonNullable<ImageOptions["compression"]>): Uint8Array {
  if (by === "none") return bytes;
  const input = new Uint8Array(bytes);
  return by === "gzip" ? Bun.gzipSync(input) : Bun.zstdCompressSync(input);
}
