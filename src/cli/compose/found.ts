/**
 * The tasks by which a deploy finds images instead of building them: given by the user, recorded, or tagged. Of an
 * artifact whose image is given nothing else counts: its sources are not looked at.
 */
import type { Task } from "../../graph/task.ts";
import { type Registry, registryClient } from "../../image/registry.ts";
import type { BuildOutput } from "../../phase/build.ts";
import { deliverTasks } from "../../phase/deliver.ts";
import { foundTask, givenTasks } from "../../phase/found.ts";
import { taskId } from "../../phase/ids.ts";
import { systemClock } from "../../std/clock.ts";
import type { ComposedArtifact } from "./artifact-work.ts";
import { givenImages } from "./given-images.ts";
import { lookTasks } from "./tasks.ts";
import type { World } from "./world.ts";

export async function foundTasks(world: World, artifacts: readonly ComposedArtifact[]): Promise<Task[]> {
  const { flags } = world.invocation;
  const given = await givenImages(flags.text("build-artifacts"), flags.list("images"));
  const unknown = [...given.keys()].filter((name) => !artifacts.some(({ image }) => image === name));
  for (const name of unknown)
    world.emit({ type: "notice", level: "warning", text: `${name} is given, but is no artifact of this project` });
  // A local cluster's images do not come from a registry: then none is asked.
  const remote = artifacts.length > 0 && (await world.delivers()).kind === "registry";
  const registry = remote ? registryOf(world) : undefined;
  const recorded = (task: string, key: string) =>
    (world.executor.records.find(task, key)?.outputs ?? []).map(({ output }) => (output as BuildOutput).imageId);
  const found = artifacts.flatMap((artifact) => {
    const reference = given.get(artifact.image);
    const tasks =
      reference === undefined ? [foundTask(artifact, { recorded, registry })] : givenTasks(artifact.image, reference);
    return [...tasks, ...deliverTasks(artifact, world.destination, false)];
  });
  const replaced = new Set(
    [...given.keys()].flatMap((image) => [taskId.hash, taskId.held, taskId.tag].map((id) => id(image))),
  );
  return [...lookTasks(world, artifacts).filter(({ id }) => !replaced.has(id)), ...found];
}

/** Speaks to whichever registry an image's name has. */
export function registryOf({ credentials, open }: World): Registry {
  const insecure = open.project.modules.flatMap(({ build }) => build.insecureRegistries);
  return registryClient(credentials, insecure, systemClock);
}
