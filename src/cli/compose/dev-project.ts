/** Wires a project for a `dev` session: its artifacts, the deployment of each of its places, and its reload. */
import { resolve } from "node:path";
import { kubeconfigFiles } from "../../cluster/connect/kubeconfig.ts";
import { openProject } from "../../command/project.ts";
import type { GraphProjectMeans } from "../../dev/project/graph-project.ts";
import { sourcesOver } from "../../image/source/open-source.ts";
import { namesOf } from "../../phase/image/named-images.ts";
import { systemClock } from "../../std/clock.ts";
import { composeDeployment } from "./deployment.ts";
import { composeWork } from "./images.ts";
import { runPass } from "./pass.ts";
import { registryOf } from "./registry.ts";
import { deployTasks, imageTasks, observeTasks } from "./tasks.ts";
import { type World, withProject } from "./world.ts";

/** @param inForce gets the world of each project that comes into force */
export function devMeans(world: World, inForce: (world: World) => void): GraphProjectMeans {
  const { invocation, open, identity, bus, store, engine, executor } = world;
  const artifacts = composeWork(world);
  const deployment = composeDeployment(world, namesOf(artifacts));
  return {
    project: open.project,
    kubeconfigs: kubeconfigFiles(invocation.flags.text("kubeconfig"), invocation.env).map((path) => resolve(path)),
    identity,
    artifacts,
    contexts: deployment.places.map(({ place, deployers, target }) => ({
      scope: place.scope,
      modules: place.modules,
      deployers,
      target,
    })),
    watchImages: invocation.flags.list("watch-image"),
    bus,
    store,
    engine,
    sources: sourcesOver(registryOf(world)),
    executor,
    clock: systemClock,
    tasks: () => [...observeTasks(world, artifacts), ...imageTasks(world, artifacts), ...deployTasks(deployment)],
    run: (request, signal) => runPass({ ...world, signal }, request, { isAnnounced: true }),
    begin: () => inForce(world),
    async reopen(signal) {
      const read = await openProject({ ...invocation, signal });
      return { files: read.project.files, compose: () => devMeans(withProject(world, read), inForce) };
    },
  };
}
