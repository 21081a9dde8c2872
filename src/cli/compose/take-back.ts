/** After a command that runs once: takes back what an ended session synced over the images that it deployed. */
import { sessionPlaces } from "../../dev/project/dev-places.ts";
import { takeBackOverlays } from "../../dev/project/left-overlays.ts";
import type { PassResult } from "../../graph/request.ts";
import { sourcesOver } from "../../image/source/open-source.ts";
import type { ComposedArtifact } from "../../phase/image/artifact-work.ts";
import { systemClock } from "../../std/clock.ts";
import type { Deployment } from "./deployment.ts";
import { registryOf } from "./registry.ts";
import type { World } from "./world.ts";

export async function takeBack(
  world: World,
  deployment: Deployment,
  artifacts: readonly ComposedArtifact[],
  { outputs }: PassResult,
): Promise<void> {
  const { identity, store, engine, signal, emit } = world;
  const targets = await Promise.all(deployment.places.map(({ target }) => target()));
  const contexts = deployment.places.map(({ place: { scope, modules }, deployers, target }) => ({
    ...{ scope, modules, deployers, target },
  }));
  const places = sessionPlaces(contexts, targets);
  const sources = sourcesOver(registryOf(world));
  const means = { identity, artifacts, places, store, engine, sources, clock: systemClock, emit };
  await takeBackOverlays(means, outputs, signal);
}
