/**
 * Sends an image from an archive or a registry into nodes: each gets a partial archive with the layers that it lacks.
 * No engine takes part, and a layer that every node has is never read.
 * A node that refuses its archive is listed again and tried once more, because it may have lost what was listed.
 */
import { Failure } from "../../diag/failure.ts";
import { lackingLayers, partialArchive } from "../archive/partial-archive.ts";
import type { DeliverableImage } from "../destination.ts";
import { fullName } from "../reference.ts";
import type { ImageSource, LayerBlob } from "../source/image-source.ts";
import type { Sources } from "../source/open-source.ts";
import { importInto } from "./import-archive.ts";
import type { Node } from "./node.ts";
import type { Sender, Sent } from "./send.ts";

/** A sender that reads images from their holder; images that the holder does not have any more are sent by `other`. */
export function sourceSender(sources: Sources, other: Sender): Sender {
  return {
    async send(image, nodes, signal) {
      const source = image.holder && (await sources.open(image.holder, image.id, signal));
      return source ? sendSource(source, image, nodes, signal) : other.send(image, nodes, signal);
    },
    [Symbol.asyncDispose]: () => other[Symbol.asyncDispose](),
  };
}

/** @throws Failure where a node refuses its layers twice; no incomplete name is left there */
async function sendSource(
  source: ImageSource,
  image: DeliverableImage,
  nodes: readonly Node[],
  signal: AbortSignal,
): Promise<Sent> {
  const { config, layers } = source;
  const diffIds = layers.map(({ diffId }) => diffId);
  const blobs = new Map<string, LayerBlob>();
  const sendTo = async (node: Node): Promise<{ readonly bytes: number; readonly refused?: string }> => {
    const there = await node.layers(signal);
    const lacking = new Set(lackingLayers(diffIds, there));
    for (const layer of layers)
      if (lacking.has(layer.diffId) && !blobs.has(layer.diffId)) blobs.set(layer.diffId, await layer.blob(signal));
    const archive = partialArchive(fullName(image.name), image.id, config, diffIds, there, blobs);
    const refused = await importInto(node, image, archive, signal);
    return refused === undefined ? { bytes: archive.bytes } : { bytes: 0, refused };
  };
  const settled = await Promise.allSettled(
    nodes.map(async (node) => {
      const first = await sendTo(node);
      const last = first.refused === undefined ? first : await sendTo(node);
      if (last.refused === undefined) return last.bytes;
      throw new Failure(`the node ${node.container} refused the layers of ${image.name}: ${last.refused}`);
    }),
  );
  // The source may be disposed only when every node is done.
  const bytes = settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
  return { how: "delta", bytes: bytes.reduce((sum, each) => sum + each, 0) };
}
