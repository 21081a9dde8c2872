/** `devloop deploy`: deploys with existing images; never builds. */
import type { Run } from "../../command/command.ts";
import { wantedTasks } from "../../phase/image/wanted.ts";
import { composeDeployment } from "../compose/deployment.ts";
import { foundTasks } from "../compose/found.ts";
import { composeGiven } from "../compose/given.ts";
import { composeWork } from "../compose/images.ts";
import { runPass } from "../compose/pass.ts";
import { stay } from "../compose/stay.ts";
import { takeBack } from "../compose/take-back.ts";
import { deployTasks, onceBarriers } from "../compose/tasks.ts";
import { exitOf, withWorld } from "../compose/with-world.ts";

export const run: Run = (invocation) =>
  withWorld(invocation, "stdout", async (world) => {
    const { flags } = invocation;
    const given = await composeGiven(flags, composeWork(world), flags.text("tag"));
    const images = given.named.map(({ image }) => image);
    const deployment = composeDeployment(world, given.named);
    // An invalid cluster is reported before anything else is done.
    await Promise.all(world.places.map(({ cluster }) => cluster()));
    const tasks = [...(await foundTasks(world, given)), ...deployTasks(deployment)];
    const result = await runPass(world, {
      tasks,
      ...wantedTasks(world.places, given.missing, tasks),
      onFailure: "stop",
      barriers: onceBarriers(false),
    });
    if (result.outcome === "done") await takeBack(world, deployment, given.missing, result);
    if (result.outcome === "done") await stay(world, deployment, images, result);
    return exitOf(result);
  });
