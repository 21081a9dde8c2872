/** `devloop deploy`: applies with images that exist already; never builds. */
import type { Run } from "../command.ts";
import { composeDeployment } from "../compose/deployment.ts";
import { foundTasks } from "../compose/found.ts";
import { composeWork } from "../compose/images.ts";
import { runPass } from "../compose/pass.ts";
import { deployTasks, lookTasks, onceBarriers } from "../compose/tasks.ts";
import { exitOf, withWorld } from "../compose/with-world.ts";

export const run: Run = (invocation) =>
  withWorld(invocation, "stdout", async (world) => {
    const artifacts = composeWork(world);
    const deployment = composeDeployment(
      world,
      artifacts.map(({ image }) => image),
    );
    const result = await runPass(world, {
      tasks: [...lookTasks(world, artifacts), ...(await foundTasks(world, artifacts)), ...deployTasks(deployment)],
      onFailure: "stop",
      barriers: onceBarriers(false),
    });
    return exitOf(result);
  });
