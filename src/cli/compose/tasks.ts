/**
 * Puts the tasks of a pass together: from the sources of artifacts to delivered images, and from manifests to ready
 * objects. Commands decide which of them they want.
 */

import type { Barrier } from "../../graph/request.ts";
import type { Task } from "../../graph/task.ts";
import { sourcesOver } from "../../image/source/open-source.ts";
import { registryOfBuilds } from "../../phase/ids.ts";
import type { ComposedArtifact } from "../../phase/image/artifact-work.ts";
import { basesTask } from "../../phase/image/bases.ts";
import { buildTask } from "../../phase/image/build.ts";
import { deliverTasks, destinationTask, type ImagePlace, listingTask } from "../../phase/image/deliver.ts";
import { engineTask, locateTask } from "../../phase/image/engine.ts";
import { hashTask } from "../../phase/image/hash.ts";
import { nameTask } from "../../phase/image/name.ts";
import { neededTask } from "../../phase/image/needed.ts";
import { recordedBuilds, recordedImages, recordedResults } from "../../phase/image/recorded.ts";
import { readersOf, requiredImages } from "../../phase/image/required.ts";
import { tagsTask, tagTask } from "../../phase/image/tag.ts";
import { placesOf } from "../../phase/image/wanted.ts";
import { ahead } from "../../std/async/ahead.ts";
import type { Deployment } from "./deployment.ts";
import { registryForBuilds, registryOf } from "./registry.ts";
import type { World } from "./world.ts";

/** Hash, tag, and the observations of the engine and the destination, which all decisions depend on. */
export function observeTasks(world: World, artifacts: readonly ComposedArtifact[]): Task[] {
  if (artifacts.length === 0) return [];
  return [
    ...placeTasks(world, artifacts),
    ...tagTasks(artifacts),
    tagsTask(artifacts),
    ...locateTasks(world, artifacts),
  ];
}

/** Observations of the engine, of every place that needs images, and of the artifacts' images there. */
export function placeTasks(world: World, artifacts: readonly ComposedArtifact[]): Task[] {
  return [
    // A deploy that finds its images asks the engine for their names.
    engineTask(world.engine, artifacts.length === 0 || artifacts.some(({ needsEngine }) => needsEngine)),
    ...world.places.flatMap((place) => [
      destinationTask(place),
      listingTask(artifacts, (image) => recordedImages(world.executor.records, image), place),
    ]),
  ];
}

/** Hash and tag alone. */
export function tagTasks(artifacts: readonly ComposedArtifact[]): Task[] {
  return artifacts.flatMap((artifact) => [hashTask(artifact), tagTask(artifact)]);
}

/** Where results of earlier builds are now. */
export function locateTasks(world: World, artifacts: readonly ComposedArtifact[]): Task[] {
  const sources = sourcesOver(registryOf(world));
  return artifacts.map((artifact) =>
    locateTask(
      artifact,
      async () => recordedResults(world.executor.records, artifact.image),
      sources,
      placesOf(world.places, artifact),
    ),
  );
}

/** Build, name and deliver. */
export function imageTasks(world: World, artifacts: readonly ComposedArtifact[]): Task[] {
  const forced = !world.invocation.flags.bool("cache-artifacts");
  const registry = registryOf(world);
  const sources = sourcesOver(registry);
  const requirements = requiredImages(artifacts);
  const forBuilds: ImagePlace = { scope: registryOfBuilds, destination: async () => registryForBuilds(world) };
  const tasks = artifacts.flatMap((artifact) => {
    const places = placesOf(world.places, artifact);
    const begins = () => places.map(({ destination }) => ahead(destination().then((to) => to.expect?.())));
    const readIn = readersOf(artifact.image, artifacts);
    const mode = { forced, required: requirements.has(artifact.image), readIn, begins };
    return [
      ...(mode.required
        ? [neededTask(artifact, artifacts, (task, key) => recordedBuilds(world.executor.records, task, key))]
        : []),
      basesTask(artifact, registry),
      buildTask(artifact, mode),
      nameTask(artifact, { engine: world.engine, sources, places }, mode),
      ...world.places.flatMap((place) => deliverTasks(artifact, place)),
      ...(readIn.has("registry") ? deliverTasks(artifact, forBuilds, { forBuilds: true }) : []),
    ];
  });
  return artifacts.some(({ readsRequired }) => readsRequired === "registry")
    ? [destinationTask(forBuilds), listingTask([], () => [], forBuilds), ...tasks]
    : tasks;
}

/** All tasks of the project's deployers, from the sources to ready objects in the cluster. */
export function deployTasks({ deployers }: Deployment): Task[] {
  return deployers.flatMap((deployer) => deployer.tasks());
}

/**
 * A command that runs once changes nothing in the cluster before every build and render has succeeded. Pushes may
 * overlap with builds; loads into nodes may not, except those of images whose names a rendered chart needs.
 */
export function onceBarriers(nodes: boolean): readonly Barrier[] {
  const after = ["build", "render"];
  return [...(nodes ? [{ before: ["deliver"], after }] : []), { before: ["hook", "apply", "release", "wait"], after }];
}
