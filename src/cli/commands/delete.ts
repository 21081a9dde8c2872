/**
 * `devloop delete`: deletes what devloop created for the project in a cluster and namespace, in any run, and undoes its
 * changes of objects that existed before. Nothing is built; objects that the ledger lacks are found by the owner mark
 * on the objects that the manifests name.
 */

import { refOf } from "../../cluster/objects/resources.ts";
import { chosenModules } from "../../command/chosen-modules.ts";
import type { Run } from "../../command/command.ts";
import { adoptMarked } from "../../deploy/apply/adopt-marked.ts";
import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import { cleanEach, cleanTarget } from "../../deploy/ledger/clean-target.ts";
import { isFor } from "../../deploy/ledger/ledger-entry.ts";
import { type ExitCode, exitCode } from "../../diag/exit.ts";
import { nameOf } from "../../diag/object-name.ts";
import type { ObjectsOutput } from "../../phase/deploy/deploy-work.ts";
import { cleanersOf, deletionOf } from "../../phase/deploy/deployer.ts";
import { objectsTask } from "../../phase/deploy/objects.ts";
import { renderTasks } from "../../phase/deploy/render.ts";
import { composeDeployment, type PlaceDeployment } from "../compose/deployment.ts";
import { withWorld } from "../compose/with-world.ts";
import type { World } from "../compose/world.ts";

export const run: Run = (invocation) =>
  withWorld(invocation, "stdout", async (world): Promise<ExitCode> => {
    const { places } = composeDeployment(world, []);
    const clean = (deployment: PlaceDeployment) => cleanPlace(world, deployment);
    const isClean = await cleanEach(places, clean, world.emit, world.signal);
    return isClean ? exitCode.ok : exitCode.failed;
  });

/** @returns whether everything was cleaned up */
async function cleanPlace(world: World, deployment: PlaceDeployment): Promise<boolean> {
  const { invocation } = world;
  const target = await deployment.target();
  await adoptFromManifests(world, deployment, target);
  const modules = chosenModules(invocation.flags, world.open.project);
  const entries = target.ledger.entries().filter((entry) => isFor(entry, modules));
  if (entries.length === 0) {
    const whose = modules === undefined ? "this project" : "these modules";
    invocation.stdout.write(`nothing of ${whose} is in the namespace ${target.namespace}\n`);
  }
  if (invocation.flags.bool("dry-run")) {
    for (const { ref, state } of entries)
      invocation.stdout.write(
        ` - ${nameOf(ref, target.namespace)} would be ${state === "changed" ? "restored" : "deleted"}\n`,
      );
    return true;
  }
  const { deployers } = deployment;
  const options = { cleaners: cleanersOf(deployers), deletion: deletionOf(deployers), modules, emit: world.emit };
  return cleanTarget(target, options, world.signal);
}

/** Unreadable manifests do not stop the clean-up: then the ledger alone counts. */
async function adoptFromManifests(
  world: World,
  { work, renders }: PlaceDeployment,
  target: DeployTarget,
): Promise<void> {
  const { expand: _, ...objects } = objectsTask(work);
  const result = await world.executor.pass({
    // The user's hooks are left out, because nothing is deployed here.
    tasks: [...renders.flatMap((work) => renderTasks({ ...work, hooks: { before: [], after: [] } })), objects],
    onFailure: "stop",
    signal: world.signal,
  });
  world.signal.throwIfAborted();
  const output = result.outputs.get(objects.id) as unknown as ObjectsOutput | undefined;
  const subjects = (output?.objects ?? []).map(({ object, module }) => ({ ...refOf(object), module }));
  await adoptMarked(target.cluster, target.ledger, target.owner, subjects, world.signal);
}
