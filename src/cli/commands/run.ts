import type { Run } from "../../command/command.ts";
import { namesOf } from "../../phase/image/named-images.ts";
import { wantedTasks } from "../../phase/image/wanted.ts";
import { ahead } from "../../std/async/ahead.ts";
import { composeDeployment } from "../compose/deployment.ts";
import { composeWork } from "../compose/images.ts";
import { collectOwnImages } from "../compose/own-images.ts";
import { runPass } from "../compose/pass.ts";
import { stay } from "../compose/stay.ts";
import { takeBack } from "../compose/take-back.ts";
import { deployTasks, imageTasks, observeTasks, onceBarriers } from "../compose/tasks.ts";
import { exitOf, withWorld } from "../compose/with-world.ts";

export const run: Run = (invocation) =>
  withWorld(invocation, "stdout", async (world) => {
    const artifacts = composeWork(world);
    const images = artifacts.map(({ image }) => image);
    const deployment = composeDeployment(world, namesOf(artifacts));
    const { places } = world;
    ahead(...deployment.places.map(({ target }) => target()));
    if (artifacts.length > 0) ahead(...places.map(({ destination }) => destination()));
    // An invalid cluster is reported before anything is built.
    await Promise.all(places.map(({ cluster }) => cluster()));
    const targets = artifacts.length > 0 ? await Promise.all(places.map(({ delivers }) => delivers())) : [];
    const nodes = targets.some(({ kind }) => kind === "nodes");
    const tasks = [...observeTasks(world, artifacts), ...imageTasks(world, artifacts), ...deployTasks(deployment)];
    const result = await runPass(world, {
      tasks,
      ...wantedTasks(world.places, artifacts, tasks),
      onFailure: "stop",
      barriers: onceBarriers(nodes),
    });
    if (result.outcome === "done") await takeBack(world, deployment, artifacts, result);
    if (result.outcome === "done") await stay(world, deployment, images, result);
    await collectOwnImages(world);
    return exitOf(result);
  });
