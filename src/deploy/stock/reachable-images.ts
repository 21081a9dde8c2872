/**
 * The images that a cluster may need at any time, by full name: those that its workloads name, and every text that is
 * an image reference in an object that devloop deployed there, because custom kinds name images in any field.
 */
import type { Cluster } from "../../cluster/cluster.ts";
import { clusterId } from "../../cluster/connect/identity.ts";
import { getObject } from "../../cluster/objects/objects.ts";
import { usedImages } from "../../cluster/objects/used-images.ts";
import { fullName, readReference } from "../../image/reference.ts";
import { inParallel } from "../../std/async/parallel.ts";
import { type LedgerDocuments, objectsIn } from "../ledger/ledger.ts";

/** How many requests run at the same time. */
const atOnce = 8;

/** @throws ApiError, Unreachable where the cluster does not tell, so that the needed images are unknown */
export async function reachableImages(
  cluster: Cluster,
  documents: LedgerDocuments,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const take = (text: string) => {
    const reference = readReference(text);
    if (typeof reference !== "string") found.add(fullName(reference));
  };
  for (const image of await usedImages(cluster, signal)) take(image);
  const refs = await objectsIn(documents, await clusterId(cluster, signal));
  await inParallel(
    refs,
    atOnce,
    async (ref, each) => {
      for (const text of textsIn(await getObject(cluster, ref, each))) take(text);
    },
    signal,
  );
  return found;
}

/** Texts that could be image references. */
function* textsIn(value: unknown): Iterable<string> {
  if (typeof value === "string") {
    if (value.length < 1024 && /[:/]/.test(value)) yield value;
  } else if (typeof value === "object" && value !== null)
    for (const inner of Object.values(value)) yield* textsIn(inner);
}
