/**
 * `devloop render`: the manifests as they would be applied. `--digest-source` chooses the image references: `local`
 * builds, `remote` asks the registry, `tag` only computes, `none` leaves them as written. The default is `tag` where
 * the cluster takes images from this machine, else `remote`. Given images win over all of them.
 */

import type { Run } from "../../command/command.ts";
import { writeResult } from "../../command/write-result.ts";
import { exitCode } from "../../diag/exit.ts";
import type { Task } from "../../graph/task.ts";
import { type ManifestsOutput, manifestsTask } from "../../phase/deploy/manifests.ts";
import { printedObjectsTask } from "../../phase/deploy/objects.ts";
import { printedWork } from "../../phase/deploy/place-work.ts";
import { renderTasks } from "../../phase/deploy/render.ts";
import { taskId } from "../../phase/ids.ts";
import type { ComposedArtifact } from "../../phase/image/artifact-work.ts";
import { withRequired } from "../../phase/image/composed-artifacts.ts";
import { pulledTasks } from "../../phase/image/given.ts";
import { remoteReferenceTask, tagReferenceTask } from "../../phase/image/reference-only.ts";
import { tagsTask } from "../../phase/image/tag.ts";
import { composeDeployment } from "../compose/deployment.ts";
import { composeGiven, type Given } from "../compose/given.ts";
import { composeWork } from "../compose/images.ts";
import { runPass } from "../compose/pass.ts";
import { registryOf } from "../compose/registry.ts";
import { imageTasks, observeTasks, tagTasks } from "../compose/tasks.ts";
import { exitOf, withWorld } from "../compose/with-world.ts";
import type { World } from "../compose/world.ts";

export const run: Run = (invocation) =>
  withWorld(invocation, "stderr", async (world) => {
    const { flags, stdout } = invocation;
    const artifacts = composeWork(world);
    const given = await composeGiven(flags, artifacts, undefined);
    const source = given.missing.length === 0 ? "none" : (flags.text("digest-source") ?? (await usualSource(world)));
    const left = source === "none" ? given.missing.map(({ image }) => image) : [];
    const named = given.named.filter(({ image }) => !left.includes(image));
    const images = named.map(({ image }) => image);
    const { work, renders } = printedWork(composeDeployment(world, named).places);
    const tasks = [
      ...(await referenceTasks(world, artifacts, given, source)),
      ...renders.flatMap(renderTasks),
      printedObjectsTask(work),
      manifestsTask(images, work.selectors),
    ];
    const result = await runPass(world, { tasks, wanted: [taskId.manifests], onFailure: "stop" }, { deploys: false });
    if (result.outcome !== "done") return exitOf(result);
    const { text } = result.outputs.get(taskId.manifests) as ManifestsOutput;
    const file = flags.text("output");
    if (file === undefined) stdout.write(`${text}\n`);
    else await writeResult(file, `${text}\n`);
    return exitCode.ok;
  });

async function usualSource(world: World): Promise<string> {
  if (world.invocation.flags.bool("offline")) return "tag";
  const places = await Promise.all(world.places.map(({ destination }) => destination()));
  return places.some(({ kind }) => kind === "registry") ? "remote" : "tag";
}

function referenceTasks(
  world: World,
  artifacts: readonly ComposedArtifact[],
  { images, missing }: Given,
  source: string,
): Task[] {
  const given = images.flatMap((one) => pulledTasks(one));
  if (source === "none") return given;
  if (source === "local") return builtTasks(world, withRequired(missing, artifacts), given);
  const registry = registryOf(world);
  const asked = missing.map(({ image }) =>
    source === "remote" ? remoteReferenceTask(image, registry) : tagReferenceTask(image),
  );
  return [...given, ...tagTasks(missing), tagsTask([...images, ...missing]), ...asked];
}

/** A built image needs the images that it requires on this machine, given or not. */
function builtTasks(world: World, artifacts: readonly ComposedArtifact[], given: readonly Task[]): Task[] {
  const built = new Set(artifacts.flatMap(({ image }) => [taskId.tag(image), taskId.build(image)]));
  const replaced = new Set(given.map(({ id }) => id).filter((id) => !built.has(id)));
  return [
    ...[...observeTasks(world, artifacts), ...imageTasks(world, artifacts)].filter(({ id }) => !replaced.has(id)),
    ...given.filter(({ id }) => replaced.has(id)),
  ];
}
