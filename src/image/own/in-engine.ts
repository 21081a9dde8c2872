/**
 * Devloop's own images in an engine: which of the book's images exist, what uses them, and their removal. A name counts
 * while it still belongs to the image that devloop gave it to; an image that has other names, too, only loses
 * devloop's. No removal is forced: what the engine refuses to remove stays.
 */
import { diagnosticsOf } from "../../diag/failure.ts";
import type { OwnImage } from "../../store/records/images.ts";
import type { Engine } from "../engine/engine.ts";
import { listAllContainers } from "../engine/engine-container.ts";
import { inspectImage, listImages, untagImage } from "../engine/engine-image.ts";
import { fullName, parseReference } from "../reference.ts";
import type { ListedImage } from "./choose.ts";

/** @param place the engine's id in the book */
export async function ownInEngine(
  engine: Engine,
  place: string,
  book: readonly OwnImage[],
  signal: AbortSignal,
): Promise<readonly ListedImage[]> {
  const [images, containers] = await Promise.all([
    listImages(engine, {}, signal, true),
    listAllContainers(engine, signal),
  ]);
  const users = new Map(containers.map(({ imageId, name }) => [imageId, `the container ${name}`]));
  return book.flatMap((own): ListedImage[] => {
    const given = own.names[place];
    const found = given && images.find(({ id }) => id === own.id);
    if (!found) return [];
    const tags = found.tags.map(fullName);
    const names = given.filter((name) => tags.includes(name));
    // An image without any name is left over from devloop's; one with only other names belongs to others.
    const hasOthers = tags.length > names.length || !found.digests.every((digest) => isOfOwn(digest, given));
    if (names.length === 0 && hasOthers) return [];
    const bytes = hasOthers ? 0 : (found.ownSize ?? found.size);
    const { id, made, usedAt } = own;
    return [{ id, names, made, usedAt, bytes, usedBy: users.get(id) }];
  });
}

/**
 * @returns why it stays, or undefined where all of its own names are removed, and with them the image if it has no
 * others
 */
export async function removeFromEngine(
  engine: Engine,
  { id, names }: ListedImage,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    for (const name of names) {
      // The name may belong to another image since the listing.
      if ((await inspectImage(engine, name, signal))?.id === id) await untagImage(engine, name, signal);
    }
    const left = await inspectImage(engine, id, signal);
    const isFree = left?.tags.length === 0 && left.digests.every((digest) => isOfOwn(digest, names));
    if (isFree) await untagImage(engine, id, signal);
    return undefined;
  } catch (thrown) {
    signal.throwIfAborted();
    return diagnosticsOf(thrown)[0]?.message ?? String(thrown);
  }
}

/**
 * Whether a `repository@digest` is of a repository in which devloop named the image: an engine may keep one for each.
 */
function isOfOwn(digest: string, names: readonly string[]): boolean {
  const repository = (name: string) => {
    const { registry, repository } = parseReference(name);
    return `${registry}/${repository}`;
  };
  return names.some((name) => repository(name) === repository(digest));
}
