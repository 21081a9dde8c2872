/**
 * `devloop render`: the manifests as they would be applied. Where image references come from is `--digest-source`:
 * `local` builds, `remote` asks the registry, `tag` only computes, `none` leaves them as written. Unless it is said, it
 * is `tag` where the cluster takes images from this machine, else `remote`. Images that are given win over both.
 */
import { exitCode } from "../../diag/exit.ts";
import type { Task } from "../../graph/task.ts";
import { taskId } from "../../phase/ids.ts";
import { type ManifestsOutput, manifestsTask } from "../../phase/manifests.ts";
import { printedObjectsTask } from "../../phase/objects.ts";
import { givenReferenceTask, remoteReferenceTask, tagReferenceTask } from "../../phase/reference-only.ts";
import { renderTask } from "../../phase/render.ts";
import type { Run } from "../command.ts";
import type { ComposedArtifact } from "../compose/artifact-work.ts";
import { composeDeployment } from "../compose/deployment.ts";
import { registryOf } from "../compose/found.ts";
import { givenImages } from "../compose/given-images.ts";
import { composeWork } from "../compose/images.ts";
import { runPass } from "../compose/pass.ts";
import { writeResult } from "../compose/result.ts";
import { imageTasks, lookTasks, tagTasks } from "../compose/tasks.ts";
import { exitOf, withWorld } from "../compose/with-world.ts";
import type { World } from "../compose/world.ts";

export const run: Run = (invocation) =>
  withWorld(invocation, "stderr", async (world) => {
    const { flags, stdout } = invocation;
    const artifacts = composeWork(world);
    const source = flags.text("digest-source") ?? (await usualSource(world));
    const images = source === "none" ? [] : artifacts.map(({ image }) => image);
    const { work, renders } = composeDeployment(world, source === "none" ? [] : artifacts);
    const result = await runPass(world, {
      tasks: [
        ...(await referenceTasks(world, artifacts, source)),
        ...renders.map(renderTask),
        printedObjectsTask(work),
        manifestsTask(images, work.selectors),
      ],
      wanted: [taskId.manifests],
      onFailure: "stop",
    });
    if (result.outcome !== "done") return exitOf(result);
    const { text } = result.outputs.get(taskId.manifests) as ManifestsOutput;
    const file = flags.text("output");
    if (file === undefined) stdout.write(`${text}\n`);
    else await writeResult(file, `${text}\n`);
    return exitCode.ok;
  });

async function usualSource(world: World): Promise<string> {
  if (world.invocation.flags.bool("offline")) return "tag";
  return (await world.destination()).kind === "registry" ? "remote" : "tag";
}

async function referenceTasks(world: World, artifacts: readonly ComposedArtifact[], source: string): Promise<Task[]> {
  if (source === "none") return [];
  if (source === "local") return [...lookTasks(world, artifacts), ...imageTasks(world, artifacts)];
  const { flags } = world.invocation;
  const given = await givenImages(flags.text("build-artifacts"), flags.list("images"));
  const registry = registryOf(world);
  const tasks = artifacts.map(({ image }) => {
    const reference = given.get(image);
    if (reference !== undefined) return givenReferenceTask(image, reference);
    return source === "remote" ? remoteReferenceTask(image, registry) : tagReferenceTask(image);
  });
  return [...tagTasks(artifacts), ...tasks];
}
