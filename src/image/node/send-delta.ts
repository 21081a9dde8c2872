/**
 * The fast way into nodes: only the layers that a node lacks, taken from the engine by a push to devloop's own loopback
 * target and imported as a partial archive. Its time depends on what changed, not on the size of the image.
 * Any failure falls back to a full load with one notice; after repeated failures without a success the fast way is not
 * tried again in this session. A node that refuses an archive is listed again and tried once more. An engine on another
 * host is never asked to push, because its loopback is not this machine's.
 */
import { hostname } from "node:os";
import { Failure } from "../../diag/failure.ts";
import type { OpenScratch } from "../../store/scratch.ts";
import { lackingLayers, partialArchive } from "../archive/partial-archive.ts";
import type { DeliverableImage, Notice } from "../destination.ts";
import { type Engine, info } from "../engine/engine.ts";
import { type ImageDetails, inspectImage, layerSizes, tagImage } from "../engine/engine-image.ts";
import { isEngineHere } from "../engine/engine-place.ts";
import { type LayerSource, layerSource } from "../engine/engine-push.ts";
import { fullName } from "../reference.ts";
import { openPushTarget, pushPassword } from "../registry/push-target.ts";
import { importInto } from "./import-archive.ts";
import type { Node } from "./node.ts";
import type { Sender, Sent } from "./send.ts";
import { goneImage } from "./send-full.ts";

/** After this many failures without a success the fast way is not tried again. */
const mostFailures = 2;

export interface DeltaMeans {
  readonly engine: Engine;
  readonly full: Sender;
  /** The secret for the password of the loopback target; the same at every start. */
  readonly secret: string;
  readonly scratch: OpenScratch;
  readonly notice: Notice;
}

export function deltaSender({ engine, full, secret, scratch, notice }: DeltaMeans): Sender {
  let source: LayerSource | undefined;
  let failures = 0;
  let checked = false;

  const isOff = async (signal: AbortSignal): Promise<boolean> => {
    if (!checked && !(await canPushToUs(engine, signal))) failures = mostFailures;
    checked = true;
    return failures >= mostFailures;
  };

  return {
    async send(image, nodes, signal) {
      if (await isOff(signal)) return full.send(image, nodes, signal);
      const details = await inspectImage(engine, image.id, signal);
      if (details === undefined) throw goneImage(image);
      try {
        source ??= layerSource(engine, openPushTarget(pushPassword(secret), scratch));
        const sent = await sendLayers(engine, source, image, details, nodes, signal);
        if (sent === undefined) return full.send(image, nodes, signal);
        failures = Number.NEGATIVE_INFINITY;
        return sent;
      } catch (thrown) {
        if (signal.aborted) throw signal.reason;
        failures++;
        notice(`${image.name} is sent whole: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
        return full.send(image, nodes, signal);
      }
    },
    async [Symbol.asyncDispose]() {
      await source?.[Symbol.asyncDispose]();
      await full[Symbol.asyncDispose]();
    },
  };
}

/**
 * Whether the engine's loopback is this machine's, and the engine stores layers in the required form. A socket may be
 * forwarded from another host or mounted into a container, and a rootless engine has a network of its own: only an
 * engine that names this host as its own counts.
 */
async function canPushToUs(engine: Engine, signal: AbortSignal): Promise<boolean> {
  if (!isEngineHere(engine.endpoint)) return false;
  const { name, rootless, containerdStore } = await info(engine, signal);
  return name === hostname() && !rootless && !containerdStore;
}

/**
 * @returns undefined where so much is lacking that a full load is quicker
 * @throws Error, with no incomplete name left
 */
async function sendLayers(
  engine: Engine,
  source: LayerSource,
  image: DeliverableImage,
  details: ImageDetails,
  nodes: readonly Node[],
  signal: AbortSignal,
): Promise<Sent | undefined> {
  const first = await lackingOn(nodes, details, signal);
  if (!(await isWorthIt(engine, details, first, signal))) return undefined;
  // The push adds and removes a name, and an image without another name would be removed with it.
  if (details.tags.length === 0) await tagImage(engine, details.id, image.name, signal);
  let left = nodes;
  let bytes = 0;
  let refusal = "";
  for (const wanted of [first, undefined]) {
    await using taken = await source.take(details, wanted ?? (await lackingOn(left, details, signal)), signal);
    const settled = await Promise.allSettled(
      left.map(async (node) => {
        const layers = await node.layers(signal);
        const archive = partialArchive(
          fullName(image.name),
          image.id,
          taken.config,
          details.diffIds,
          layers,
          taken.layers,
        );
        return { node, archive, refused: await importInto(node, image, archive, signal) };
      }),
    );
    // The layers may be disposed only when every node is done with them.
    const results = settled.map((s) => {
      if (s.status === "rejected") throw s.reason;
      return s.value;
    });
    for (const { archive, refused } of results) if (refused === undefined) bytes += archive.bytes;
    left = results.filter((r) => r.refused !== undefined).map((r) => r.node);
    if (left.length === 0) return { how: "delta", bytes };
    refusal = results.find((r) => r.refused !== undefined)?.refused ?? "";
  }
  throw new Failure(`the node ${left[0]?.container} refused its layers: ${refusal}`);
}

async function lackingOn(nodes: readonly Node[], image: ImageDetails, signal: AbortSignal): Promise<Set<string>> {
  const each = await Promise.all(nodes.map(async (node) => lackingLayers(image.diffIds, await node.layers(signal))));
  return new Set(each.flat());
}

/** By measurement: a lacking megabyte costs twice as much by push and import as any megabyte of a full load. */
async function isWorthIt(
  engine: Engine,
  image: ImageDetails,
  lacking: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<boolean> {
  if (lacking.size === 0) return true;
  const sizes = (await layerSizes(engine, image, signal)) ?? image.diffIds.map(() => 1);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const missing = image.diffIds.reduce((sum, diffId, i) => sum + (lacking.has(diffId) ? (sizes[i] ?? 0) : 0), 0);
  return missing * 2 < total;
}
