/**
 * Files that an ended session synced over the images that a command without a session deploys. An object that did not
 * change starts none of its containers again, so the containers that still run such an image are given its own files
 * back. Reads only the overlay documents where there is nothing to take back.
 */
import type { Event } from "../../event/event.ts";
import type { Engine } from "../../image/engine/engine.ts";
import type { Sources } from "../../image/source/open-source.ts";
import type { Outputs } from "../../phase/deploy/deployer.ts";
import type { ComposedArtifact } from "../../phase/image/artifact-work.ts";
import type { Clock } from "../../std/clock.ts";
import type { Store } from "../../store/store.ts";
import { Syncer, type SyncerOptions } from "../sync/syncer.ts";
import { DeployedImages } from "./deployed-images.ts";
import { namespacesOf, overlayNames, type SessionPlace } from "./dev-places.ts";

export interface LeftOverlayMeans {
  /** See `GraphProjectMeans.identity`. */
  readonly identity: string;
  readonly artifacts: readonly Pick<ComposedArtifact, "image" | "readMoment" | "inspect">[];
  readonly places: readonly Pick<SessionPlace, "target" | "scopes" | "deployed">[];
  readonly store: Pick<Store, "tree" | "documents">;
  readonly engine: Engine;
  readonly sources: Sources;
  /** The connection to a container, for tests without containers. */
  readonly channel?: SyncerOptions["channel"];
  readonly clock: Clock;
  readonly emit: (event: Event) => void;
}

/**
 * Brings the running containers of the deployed images back to the files of these images.
 * @param outputs of the pass that deployed them
 */
export async function takeBackOverlays(means: LeftOverlayMeans, outputs: Outputs, signal: AbortSignal): Promise<void> {
  for (const place of means.places) await takeBackIn(place, means, outputs, signal);
}

async function takeBackIn(
  { target, scopes, deployed }: LeftOverlayMeans["places"][number],
  { identity, artifacts, store, engine, sources, channel, clock, emit }: LeftOverlayMeans,
  outputs: Outputs,
  signal: AbortSignal,
): Promise<void> {
  const overlayName = overlayNames(identity, target);
  const contexts = new Map<string, string>();
  for (const { image, inspect } of artifacts)
    if ((await store.documents.read(overlayName(image))) !== undefined)
      contexts.set(image, (await inspect(signal)).sources.root);
  if (contexts.size === 0) return;
  const overlaid = artifacts.filter(({ image }) => contexts.has(image));
  const [images = new Map()] = await new DeployedImages({ artifacts: overlaid, store, engine, sources }).of(
    outputs,
    [scopes],
    signal,
  );
  const objects = deployed(outputs);
  await using syncer = new Syncer({
    cluster: target.cluster,
    documents: store.documents,
    overlayName,
    context: (image) => contexts.get(image),
    // Nothing is wanted beyond the image, so there is nothing that a build could answer for.
    trouble: () => undefined,
    channel,
    clock,
    emit,
  });
  await syncer.deployed(images, objects && namespacesOf(objects), signal);
}
