/**
 * The tasks by which a deploy finds images instead of building them: given by the user, recorded, or tagged. Of an
 * artifact whose image is given nothing else counts: its sources are not looked at. Neither the engine nor the
 * destination is asked where every image is given with its digest.
 */

import type { ProjectPlace } from "../../deploy/place/project-places.ts";
import { diagnosticsOf, Failure } from "../../diag/failure.ts";
import type { Task } from "../../graph/task.ts";
import { parseReference } from "../../image/reference.ts";
import type { Target } from "../../image/target.ts";
import { deliverTasks } from "../../phase/image/deliver.ts";
import { foundTask } from "../../phase/image/found.ts";
import { broughtTasks, pulledTasks } from "../../phase/image/given.ts";
import { tagsTask } from "../../phase/image/tag.ts";
import type { Given } from "./given.ts";
import { registryOf } from "./registry.ts";
import { heldTasks, placeTasks, recordedBuilds, tagTasks } from "./tasks.ts";
import type { World } from "./world.ts";

export async function foundTasks(world: World, { images, missing, named }: Given): Promise<Task[]> {
  const byTag = images.filter(({ reference }) => parseReference(reference).digest === undefined);
  const kinds = await Promise.all(
    world.places.map(async (place) =>
      missing.length > 0
        ? (await place.delivers()).kind
        : byTag.length > 0
          ? await kindIfKnown(world, place)
          : "registry",
    ),
  );
  const local = world.places.filter((_, i) => kinds[i] !== "registry");
  const brought = local.length === 0 ? [] : byTag;
  const pulled = images.filter((one) => !brought.includes(one));
  const scopes = world.places.map(({ scope }) => scope);
  // A local cluster's images do not come from a registry: then none is asked.
  const registry = kinds.includes("registry") && missing.length > 0 ? registryOf(world) : undefined;
  const recorded = (task: string, key: string) => recordedBuilds(world, task, key).map(({ imageId }) => imageId);
  return [
    ...(missing.length + brought.length > 0 ? placeTasks(world, missing) : []),
    ...tagTasks(missing),
    ...heldTasks(world, missing),
    ...missing.flatMap((artifact) => [
      foundTask(artifact, { recorded, registry }),
      ...world.places.flatMap((place) => deliverTasks(artifact, place, false)),
    ]),
    ...brought.flatMap((one) => broughtTasks(one, world.places)),
    ...pulled.flatMap((one) => pulledTasks(one, scopes)),
    tagsTask(named),
  ];
}

/** An engine that does not answer has no image to bring: the cluster pulls what was given, and that is told. */
async function kindIfKnown(world: World, place: ProjectPlace): Promise<Target["kind"]> {
  try {
    return (await place.delivers()).kind;
  } catch (thrown) {
    if (world.signal.aborted || !(thrown instanceof Failure)) throw thrown;
    const why = diagnosticsOf(thrown)[0]?.message ?? "";
    world.emit({ type: "notice", level: "info", text: `the cluster pulls the given images by itself: ${why}` });
    return "registry";
  }
}
