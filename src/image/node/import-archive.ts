/**
 * Imports an archive of missing layers into a node. After a refusal no name of the image is left, and what was known of
 * the node is forgotten.
 */
import type { PartialArchive } from "../archive/partial-archive.ts";
import type { DeliverableImage } from "../destination.ts";
import { lastLine, type Node } from "./node.ts";

/** @returns the node's refusal; the incomplete name is then removed, and the node will be listed again */
export async function importInto(
  node: Node,
  image: DeliverableImage,
  archive: PartialArchive,
  signal: AbortSignal,
): Promise<string | undefined> {
  const payload = { bytes: archive.bytes, chunks: archive.chunks() };
  try {
    const result = await node.importArchive(payload, signal);
    if (result.code === 0) {
      node.learn(image.id, image.name, archive);
      return undefined;
    }
    await node.forget([image.name], signal);
    node.relist();
    return lastLine(result.stderr) || `exit code ${result.code}`;
  } catch (thrown) {
    // The stream has broken, and what the node did with the rest is unknown.
    node.relist();
    await node.forget([image.name], AbortSignal.timeout(5000)).catch(() => {});
    throw thrown;
  }
}
