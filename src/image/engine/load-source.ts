/**
 * Loads an image from an archive or a registry into the engine: as one archive in the form that every engine loads,
 * with the layers as they are stored. The caller decides whether it is needed there.
 */
import { Failure } from "../../diag/failure.ts";
import { streamOf } from "../../std/bytes/stream-of.ts";
import { type TarEntry, tar, tarLength } from "../archive/tar.ts";
import type { LocatedImage } from "../holder.ts";
import { fullName, parseReference, shortName } from "../reference.ts";
import type { ImageSource } from "../source/image-source.ts";
import type { Sources } from "../source/open-source.ts";
import type { Engine } from "./engine.ts";
import { inspectImage, loadImages } from "./engine-image.ts";

/**
 * Reads the image at its holder and loads it under the names.
 * @returns the bytes that were sent; undefined where only the engine holds the image
 * @throws Failure where the engine does not have it afterwards
 */
export async function loadFromHolder(
  engine: Engine,
  sources: Sources,
  image: LocatedImage,
  names: readonly string[],
  signal: AbortSignal,
): Promise<number | undefined> {
  const source = image.holder && (await sources.open(image.holder, image.id, signal));
  if (!source) return undefined;
  const entries = await dockerArchive(source, names, signal);
  await loadImages(engine, streamOf(tar(entries)), signal);
  const [name = image.id] = names;
  if ((await inspectImage(engine, name, signal)) === undefined)
    throw new Failure(`the Docker engine took the image ${name} and does not have it`);
  return tarLength(entries);
}

/** The form of `docker save`: a list of configs, names and layers, and these files. */
async function dockerArchive(
  { id, config, layers }: ImageSource,
  names: readonly string[],
  signal: AbortSignal,
): Promise<TarEntry[]> {
  const configName = `${id.slice("sha256:".length)}.json`;
  const files = new Map<string, TarEntry>();
  const paths: string[] = [];
  for (const layer of layers) {
    const { bytes, chunks } = await layer.blob(signal);
    const path = `${layer.diffId.slice("sha256:".length)}.tar`;
    paths.push(path);
    files.set(path, { path, bytes, chunks: deferred(chunks) });
  }
  const RepoTags = names.map((name) => shortName(parseReference(fullName(name))));
  const list = new TextEncoder().encode(JSON.stringify([{ Config: configName, RepoTags, Layers: paths }]));
  return [
    { path: configName, bytes: config.length, chunks: [config] },
    ...files.values(),
    { path: "manifest.json", bytes: list.length, chunks: [list] },
  ];
}

/** Opened only when the entry is written. */
function deferred(chunks: () => TarEntry["chunks"]): AsyncIterable<Uint8Array> {
  return (async function* () {
    yield* chunks();
  })();
}
