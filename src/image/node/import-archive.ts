/**
 * Gives a node an archive of the layers that it lacks. Decides what is left after a refusal: no name of the image, and
 * nothing of what was known of the node.
 */
import type { PartialArchive } from "../archive/partial-archive.ts";
import type { DeliverableImage } from "../destination.ts";
import { lastLine, type Node } from "./node.ts";

/** @returns the node's refusal; then the half name is gone and the node will be listed again. */
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
    // The stream is gone, and what the node made of the rest of it is not known.
    node.relist();
    await node.forget([image.name], AbortSignal.timeout(5000)).catch(() => {});
    throw thrown;
  }
}
