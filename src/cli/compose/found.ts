/**
 * Wires the tasks by which a deploy finds images instead of building them: given by the user, recorded, or tagged.
 * Sources of an artifact whose image is given are not read.
 */
import type { Task } from "../../graph/task.ts";
import { deliverTasks } from "../../phase/image/deliver.ts";
import { foundTask } from "../../phase/image/found.ts";
import { broughtTasks, pulledTasks } from "../../phase/image/given.ts";
import { givenWays } from "../../phase/image/given-way.ts";
import { recordedBuilds } from "../../phase/image/recorded.ts";
import { tagsTask } from "../../phase/image/tag.ts";
import type { Given } from "./given.ts";
import { registryOf } from "./registry.ts";
import { locateTasks, placeTasks, tagTasks } from "./tasks.ts";
import type { World } from "./world.ts";

export async function foundTasks(world: World, { images, missing, named }: Given): Promise<Task[]> {
  const { places, emit, signal } = world;
  const { brought, pulled, asksRegistry } = await givenWays(images, missing.length > 0, places, emit, signal);
  const scopes = places.map(({ scope }) => scope);
  const registry = asksRegistry ? registryOf(world) : undefined;
  const recorded = (task: string, key: string) => recordedBuilds(world.executor.records, task, key);
  return [
    ...(missing.length + brought.length > 0 ? placeTasks(world, missing) : []),
    ...tagTasks(missing),
    ...locateTasks(world, missing),
    ...missing.flatMap((artifact) => [
      foundTask(artifact, { recorded, registry }),
      ...places.flatMap((place) => deliverTasks(artifact, place, { named: false })),
    ]),
    ...brought.flatMap((one) => broughtTasks(one, places)),
    ...pulled.flatMap((one) => pulledTasks(one, scopes)),
    tagsTask(named),
  ];
}
