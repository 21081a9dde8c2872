/**
 * Pushes an image from an archive or another registry into a registry without an engine: blobs that it lacks, then the
 * manifest under the tag. The source's manifest is pushed unchanged, so that the image keeps its digest; without one
 * the layers are compressed as the engine would push them.
 */
import { streamOf } from "../../std/bytes/stream-of.ts";
import type { OpenScratch } from "../../store/scratch.ts";
import { spool } from "../archive/spool.ts";
import { parseReference, type Reference } from "../reference.ts";
import { type ImageSource, type LayerBlob, layerType } from "../source/image-source.ts";
import type { PushedBlob, Registry } from "./registry.ts";

type Pushing = Pick<Registry, "hasBlob" | "upload" | "putManifest">;

/** As many as Docker's client sends at once. */
const atOnce = 5;

/**
 * @param name with the tag to push
 * @returns the digest by which the registry names the image, and the bytes that were sent
 */
export async function pushSource(
  registry: Pushing,
  source: ImageSource,
  name: string,
  scratch: OpenScratch,
  signal: AbortSignal,
): Promise<{ readonly digest: string; readonly bytes: number }> {
  const reference = parseReference(name);
  await using spooled = new AsyncDisposableStack();
  const left = [...source.layers.entries()];
  const layers: LayerBlob[] = [];
  let bytes = 0;
  // One failure ends the other uploads, and they have ended before what they read from goes.
  const failed = new AbortController();
  const during = AbortSignal.any([signal, failed.signal]);
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [i, layer] = next;
      const stored = await layer.blob(during);
      const blob =
        source.manifest || stored.compression !== "none" ? stored : await gzipped(stored, scratch, spooled, during);
      layers[i] = blob;
      const sent = await pushBlob(registry, reference, blob, during);
      bytes += sent;
    }
  };
  const works = Array.from({ length: atOnce }, () => work().catch((thrown: unknown) => failed.abort(thrown)));
  await Promise.all(works);
  failed.signal.throwIfAborted();
  const config = { digest: source.id, bytes: source.config.length, chunks: () => [source.config] };
  bytes += await pushBlob(registry, reference, config, signal);
  const digest = await registry.putManifest(reference, source.manifest ?? manifestOf(source, layers), signal);
  return { digest, bytes };
}

async function pushBlob(
  registry: Pushing,
  reference: Reference,
  blob: PushedBlob,
  signal: AbortSignal,
): Promise<number> {
  if (await registry.hasBlob(reference, blob.digest, signal)) return 0;
  await registry.upload(reference, blob, signal);
  return blob.bytes;
}

/** Its digest is known only once it is compressed. */
async function gzipped(
  { chunks }: LayerBlob,
  scratch: OpenScratch,
  spooled: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<LayerBlob> {
  const compressed = streamOf(chunks()).pipeThrough(new CompressionStream("gzip"));
  const made = spooled.use(await spool(compressed, scratch, signal));
  return { digest: made.digest, bytes: made.bytes, compression: "gzip", chunks: () => made.chunks() };
}

const manifestType = "application/vnd.oci.image.manifest.v1+json";

function manifestOf({ id, config }: ImageSource, layers: readonly LayerBlob[]) {
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: id, size: config.length },
    layers: layers.map(({ digest, bytes, compression }) => ({
      mediaType: layerType(compression),
      digest,
      size: bytes,
    })),
  };
  return { bytes: new TextEncoder().encode(JSON.stringify(manifest)), mediaType: manifestType };
}
