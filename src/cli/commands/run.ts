import type { Run } from "../command.ts";
import { ahead } from "../compose/ahead.ts";
import { composeDeployment } from "../compose/deployment.ts";
import { namesOf } from "../compose/given.ts";
import { composeWork } from "../compose/images.ts";
import { runPass } from "../compose/pass.ts";
import { stay } from "../compose/stay.ts";
import { deployTasks, imageTasks, lookTasks, onceBarriers } from "../compose/tasks.ts";
import { exitOf, withWorld } from "../compose/with-world.ts";

export const run: Run = (invocation) =>
  withWorld(invocation, "stdout", async (world) => {
    const artifacts = composeWork(world);
    const images = artifacts.map(({ image }) => image);
    const deployment = composeDeployment(world, namesOf(artifacts));
    ahead(deployment.target(), ...(artifacts.length > 0 ? [world.destination()] : []));
    // A cluster that cannot be meant is told before anything is built.
    await world.cluster();
    const nodes = artifacts.length > 0 && (await world.delivers()).kind === "nodes";
    const result = await runPass(world, {
      tasks: [...lookTasks(world, artifacts), ...imageTasks(world, artifacts), ...deployTasks(deployment)],
      onFailure: "stop",
      barriers: onceBarriers(nodes),
    });
    if (result.outcome === "done") await stay(world, deployment, images, result);
    return exitOf(result);
  });
