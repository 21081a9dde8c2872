/**
 * A project as a dev session works with it: one pass of the graph for each save, the files that count, and reading it
 * anew when the configuration changes. A reload keeps the executor, so that work that is still right goes on.
 */

import { openProject } from "../../command/project.ts";
import { RefusedConfig } from "../../config/load/refused.ts";
import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import type { DevProject, PassOutcome } from "../../dev/loop/dev-project.ts";
import type { ModuleLocks } from "../../dev/loop/module-locks.ts";
import { ObservedFiles } from "../../dev/loop/observed-files.ts";
import { type Places, placeId } from "../../dev/loop/places.ts";
import type { SaveKind } from "../../dev/loop/reducer.ts";
import { engineBack } from "../../dev/loop/server-back.ts";
import type { DeployedImage } from "../../dev/sync/layer.ts";
import { manualHints } from "../../dev/sync/manual.ts";
import { Failure } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import type { PassResult } from "../../graph/request.ts";
import type { ActTask, Task } from "../../graph/task.ts";
import { inspectImage } from "../../image/engine/engine-image.ts";
import { type DeployedObject, type Deployer, deployedBy } from "../../phase/deploy/deployer.ts";
import { taskId } from "../../phase/ids.ts";
import type { ComposedArtifact } from "../../phase/image/artifact-work.ts";
import type { BuildOutput } from "../../phase/image/build.ts";
import type { DeliverOutput } from "../../phase/image/deliver.ts";
import { namesOf } from "../../phase/image/named-images.ts";
import { abortable } from "../../std/async/abortable.ts";
import { systemClock } from "../../std/clock.ts";
import { sha256 } from "../../std/data/digest.ts";
import { markedTree, type TreeMark } from "../../store/tree/mark.ts";
import { composeDeployment, type Deployment, type PlaceDeployment } from "./deployment.ts";
import { composeWork } from "./images.ts";
import { runPass } from "./pass.ts";
import { projectFiles } from "./project-files.ts";
import type { Streams } from "./streams.ts";
import { composeSyncHooks } from "./sync-hooks.ts";
import { deployTasks, imageTasks, lookTasks } from "./tasks.ts";
import { type World, withProject } from "./world.ts";

/** What outlives the projects of a session. */
export interface SessionServices {
  readonly places: Places<Streams>;
  readonly locks: ModuleLocks;
  /** Told of the project that is in force from now on. */
  inForce(world: World, deployers: readonly Deployer[]): void;
}

export interface ComposedProject extends DevProject {
  /** Where its objects go. */
  readonly target: DeployTarget;
}

/** @throws Failure where the project goes to no cluster, or another session has one of its modules */
export async function devProject(
  world: World,
  services: SessionServices,
  signal: AbortSignal,
): Promise<ComposedProject> {
  const artifacts = composeWork(world);
  const images = artifacts.map(({ image }) => image);
  const deployment = composeDeployment(world, namesOf(artifacts));
  const target = await abortable(onePlace(deployment).target(), signal);
  const { cluster, clusterId, namespace } = target;
  const modules = world.open.project.modules.map(({ id }) => id);
  await services.locks.take({ project: world.identity, cluster: clusterId, namespace }, modules, signal);
  const overlays = `overlay/${sha256(world.identity).slice(0, 32)}/${clusterId}/${namespace}`;
  const workdirs = new Map<string, string>();
  const { project } = world.open;
  const names = world.invocation.flags.list("watch-image");
  const isWatchedOne = (image: string) => names.length === 0 || names.some((name) => image.includes(name));

  const tasks = (): Task[] => [
    ...lookTasks(world, artifacts),
    ...imageTasks(world, artifacts).map((task) => tellingDelivery(task, images, services.places)),
    ...deployTasks(deployment),
  ];
  const observed = new ObservedFiles(
    world.executor,
    artifacts.map(({ image }) => ({ image, hash: taskId.hash(image), watched: isWatchedOne(image) })),
  );
  return {
    target,
    place: {
      id: placeId(target),
      cluster,
      overlayName: (image) => `${overlays}/${image.replaceAll("/", "%2F")}`,
    },
    hooks: composeSyncHooks({
      artifacts,
      cluster,
      facts: { workDir: project.cwd, kubeContext: cluster.context },
      emit: world.emit,
    }),
    async begin() {
      for (const { artifact } of artifacts)
        if (artifact.sync?.kind === "manual")
          for (const diagnostic of manualHints(artifact.sync.rules)) world.emit({ type: "diagnostic", diagnostic });
      services.inForce(world, deployment.deployers);
      await services.places.enter(target);
    },
    targets() {
      const { roots, files } = observed.targets(tasks());
      return { roots, files: [...project.files, ...files] };
    },
    files: (during) =>
      projectFiles(
        {
          project,
          artifacts: artifacts.filter(({ image }) => isWatchedOne(image)),
          observed,
          workdir: (image) => workdirs.get(image),
        },
        during,
      ),
    print: (path, signal) => world.store.describePath(path, signal),
    heard(path) {
      for (const artifact of artifacts) artifact.heard(path);
    },
    async pass({ needs }, { paths, watch }, during): Promise<PassOutcome> {
      const did = watchWork(world);
      const changes = observed.changes(needs, paths);
      const result = await runPass(
        { ...world, signal: during },
        { tasks: tasks(), onFailure: "continue", changes, watch },
        { isTold: true },
      );
      const none = { did: did(), images: new Map(), namespaces: undefined };
      // What a superseded pass came to know is older than what the one in its place finds.
      if (result.outcome === "superseded" || result.outcome === "cancelled") return { end: result.outcome, ...none };
      const objects = deployedBy(deployment.deployers, result.outputs);
      services.places.streams?.passed(result, objects, images, project);
      const deployed = await deployedImages(world, artifacts, result, workdirs, during);
      const failures = result.failed.flatMap(({ diagnostics }) => diagnostics);
      const namespaces = objects && namespacesOf(objects);
      return { end: result.outcome, did: none.did, images: deployed, namespaces, failures };
    },
    answers: async (during) => {
      if (artifacts.length > 0) await engineBack(world.engine, systemClock, during);
    },
    async reload(during) {
      const open = await openProject({ ...world.invocation, signal: during });
      try {
        return await devProject(withProject(world, open), services, during);
      } catch (thrown) {
        during.throwIfAborted();
        if (!(thrown instanceof Failure) || thrown.diagnostics.some(({ passing }) => passing)) throw thrown;
        throw new RefusedConfig(open.project.files, ...thrown.diagnostics);
      }
    },
  };
}

/** A container's first words come before its roll-out is over: its image is followed as soon as it can start. */
function tellingDelivery(task: Task, images: readonly string[], places: Places<Streams>): Task {
  const image = images.find((name) => task.id === taskId.deliver(name));
  if (image === undefined || task.mode !== "act") return task;
  const told: ActTask = {
    ...task,
    async run(inputs, ctx) {
      const output = await task.run(inputs, ctx);
      places.streams?.delivered(image, (output as DeliverOutput).reference);
      return output;
    },
  };
  return told;
}

/** What a pass came to, told from what happened during it. */
function watchWork({ bus }: World): () => SaveKind {
  let did: SaveKind = "nothing";
  const stop = bus.subscribe(({ event }) => {
    if (event.type === "build-ended" && event.outcome === "done") did = "rebuild";
    else if (changesCluster(event) && did === "nothing") did = "render";
  });
  return () => {
    stop();
    return did;
  };
}

function changesCluster(event: Event): boolean {
  if (event.type === "release") return event.result !== "kept";
  return event.type === "apply" && event.result !== "unchanged";
}

async function deployedImages(
  world: World,
  artifacts: readonly ComposedArtifact[],
  { outputs }: PassResult,
  workdirs: Map<string, string>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, DeployedImage>> {
  const deployed = new Map<string, DeployedImage>();
  for (const { image, readMoment } of artifacts) {
    const build = outputs.get(taskId.build(image)) as BuildOutput | undefined;
    const delivered = outputs.get(taskId.deliver(image)) as DeliverOutput | undefined;
    const files = outputs.get(taskId.hash(image)) as TreeMark | undefined;
    const inputs = world.store.tree(markedTree(files) ?? "");
    if (!build || !delivered || !files || !inputs) continue;
    const workdir = await workdirOf(world, build.imageId, signal);
    if (workdir !== undefined) workdirs.set(image, workdir || "/");
    const { reference } = delivered;
    deployed.set(image, { imageId: build.imageId, reference, inputs, readAt: readMoment(files), workdir });
  }
  return deployed;
}

/** Undefined where the engine cannot say: then what is known of the image's working directory stays. */
async function workdirOf({ engine }: World, imageId: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await inspectImage(engine, imageId, signal))?.config.workingDir;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

function namespacesOf(objects: readonly DeployedObject[]): string[] {
  return [...new Set(objects.flatMap(({ object }) => object.metadata.namespace ?? []))];
}

/** A session follows one cluster. @throws Failure where the modules deploy to several */
function onePlace({ places }: Deployment): PlaceDeployment {
  if (places.length === 1) return places[0];
  throw new Failure({
    severity: "error",
    message: `the modules deploy to different contexts (${places.map(({ place }) => place.scope).join(", ")}), and a session follows one`,
    suggestion: "choose modules with --module, or one context with --kube-context",
  });
}
