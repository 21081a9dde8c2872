/**
 * Devloop's own images on the nodes of a local cluster: which of the book's images exist, which containers use them,
 * and their removal. The node keeps a name of its own for each image (`sha256:...`), which holds the content: it is
 * removed with devloop's names where the image has no other name.
 */
import { diagnosticsOf } from "../../diag/failure.ts";
import type { OwnImage } from "../../store/records/images.ts";
import type { Node } from "../node/node.ts";
import type { NodeInventory } from "../node/node-contents.ts";
import type { ListedImage } from "./choose.ts";

export interface NodeStock {
  readonly images: readonly ListedImage[];
  /** The names to remove from each node. */
  readonly nodes: readonly { readonly node: Node; readonly inventory: NodeInventory }[];
}

/** @param place the nodes' id in the book; an image counts as used where a container on any of them uses it */
export async function ownOnNodes(
  nodes: readonly Node[],
  place: string,
  book: readonly OwnImage[],
  signal: AbortSignal,
): Promise<NodeStock> {
  const seen = await Promise.all(nodes.map(async (node) => ({ node, inventory: await node.inventory(signal) })));
  const images = book.flatMap((own): ListedImage[] => {
    const given = own.names[place] ?? [];
    const there = seen.map(({ node, inventory }) => ({
      node,
      inventory,
      names: given.filter((n) => inventory.images.has(n)),
    }));
    const names = given.filter((name) => there.some((one) => one.names.includes(name)));
    if (names.length === 0) return [];
    const user = there.find((one) => one.names.some((name) => isUsed(name, one.inventory)));
    const bytes = there.reduce((sum, one) => sum + bytesOf(one.names, one.inventory), 0);
    const { id, made, usedAt } = own;
    return [{ id, names, made, usedAt, bytes, usedBy: user && `a container on ${user.node.name}` }];
  });
  return { images, nodes: seen };
}

/** @returns why it stays on some node, or undefined where all of its own names are removed */
export async function removeFromNodes(
  { nodes }: Pick<NodeStock, "nodes">,
  { names }: ListedImage,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const { node, inventory } of nodes) {
    const here = names.filter((name) => inventory.images.has(name));
    if (here.length === 0) continue;
    try {
      // A container may have been started since the images were listed.
      const now = await node.inventory(signal);
      if (here.some((name) => isUsed(name, now))) return `a container on ${node.name} uses it`;
      await node.remove([...here, ...ownNamesOf(here, now)], signal);
    } catch (thrown) {
      signal.throwIfAborted();
      return diagnosticsOf(thrown)[0]?.message ?? String(thrown);
    }
  }
  return undefined;
}

/** The node's own names for the same content, where no other name holds it. */
function ownNamesOf(names: readonly string[], inventory: NodeInventory): readonly string[] {
  const alike = siblings(names, inventory);
  const others = alike.filter((name) => !names.includes(name) && !isNodesOwn(name));
  return others.length > 0 ? [] : alike.filter(isNodesOwn);
}

function isUsed(name: string, inventory: NodeInventory): boolean {
  return siblings([name], inventory).some((one) => inventory.used.has(one));
}

/** Every name of the same content, including these. */
function siblings(names: readonly string[], { images }: NodeInventory): readonly string[] {
  const digests = new Set(names.map((name) => images.get(name)?.digest));
  return [...images].flatMap(([name, { digest }]) => (digests.has(digest) ? [name] : []));
}

function bytesOf(names: readonly string[], { images }: NodeInventory): number {
  return Math.max(0, ...names.map((name) => images.get(name)?.bytes ?? 0));
}

function isNodesOwn(name: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(name);
}
