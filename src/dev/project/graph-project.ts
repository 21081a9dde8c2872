/**
 * A project for a dev session: one pass of the graph for each save, the files that count, and the reload when the
 * configuration changes. A reload keeps the executor, so that running tasks which are still needed continue; places
 * that the new project also has continue, too.
 */

import { RefusedConfig } from "../../config/load/refused.ts";
import type { Project } from "../../config/project.ts";
import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import { Failure } from "../../diag/failure.ts";
import type { Bus } from "../../event/bus.ts";
import type { Executor, PassRequest, PassResult } from "../../graph/request.ts";
import type { ActTask, Task } from "../../graph/task.ts";
import type { Engine } from "../../image/engine/engine.ts";
import type { Sources } from "../../image/source/open-source.ts";
import { fileStamp } from "../../phase/file-stamp.ts";
import { clusterTaskId, taskId } from "../../phase/ids.ts";
import type { ComposedArtifact } from "../../phase/image/artifact-work.ts";
import type { DeliverOutput } from "../../phase/image/deliver.ts";
import { wantedTasks } from "../../phase/image/wanted.ts";
import { abortable } from "../../std/async/abortable.ts";
import type { Clock } from "../../std/clock.ts";
import type { Store } from "../../store/store.ts";
import type { DevPlace, DevProject, PassOutcome, PlaceOutcome } from "../loop/dev-project.ts";
import { ObservedFiles } from "../loop/observed-files.ts";
import { engineBack } from "../loop/server-back.ts";
import { manualHints } from "../sync/manual.ts";
import { syncHooks } from "../sync/sync-hooks.ts";
import { projectFiles } from "./composed-files.ts";
import { DeployedImages } from "./deployed-images.ts";
import { namespacesOf, overlayNames, type ProjectContext, type SessionPlace, sessionPlaces } from "./dev-places.ts";
import type { ModuleLocks } from "./module-locks.ts";
import { watchWork } from "./pass-work.ts";
import { type Places, placeId } from "./places.ts";
import type { Streams } from "./streams.ts";

/** The parts of a session that outlive its projects. */
export interface SessionServices {
  readonly places: Places<Streams>;
  readonly locks: Pick<ModuleLocks, "take">;
}

/** The parts of a composed project. */
export interface GraphProjectMeans {
  readonly project: Project;
  /** Absolute paths of kubeconfigs: a changed one may lead to another cluster. */
  readonly kubeconfigs: readonly string[];
  /** Stable between runs; differs after the project was renamed. */
  readonly identity: string;
  readonly artifacts: readonly ComposedArtifact[];
  readonly contexts: readonly ProjectContext[];
  /** `--watch-image`: parts of the names of artifacts whose changes count; empty: every artifact. */
  readonly watchImages: readonly string[];
  readonly bus: Bus;
  readonly store: Pick<Store, "tree" | "describePath">;
  readonly engine: Engine;
  readonly sources: Sources;
  readonly executor: Pick<Executor, "concerned" | "watched">;
  readonly clock: Clock;
  /** All tasks from the sources of artifacts to ready objects in every cluster. */
  tasks(): Task[];
  run(request: Omit<PassRequest, "signal">, signal: AbortSignal): Promise<PassResult>;
  /** Called once, when the project comes into force. */
  begin(): void;
  /** The project, loaded again. `compose` may refuse it. */
  reopen(signal: AbortSignal): Promise<{ readonly files: readonly string[]; compose(): GraphProjectMeans }>;
}

export interface GraphProject extends DevProject {
  /** The targets of its objects. */
  readonly deployTargets: readonly DeployTarget[];
}

/** @throws Failure where the project deploys to no cluster, or another session has one of its modules */
export async function graphProject(
  means: GraphProjectMeans,
  services: SessionServices,
  signal: AbortSignal,
): Promise<GraphProject> {
  const { project, kubeconfigs, identity, artifacts, contexts, bus, store, engine, sources, clock } = means;
  const stamps = new Map(project.files.map((path) => [path, fileStamp(path)]));
  const images = artifacts.map(({ image }) => image);
  const targets = await abortable(Promise.all(contexts.map(({ target }) => target())), signal);
  const places = sessionPlaces(contexts, targets);
  const locked = places.map(({ target: { clusterId, namespace }, modules }) => ({
    ...{ project: identity, cluster: clusterId, namespace },
    modules: modules.map(({ id }) => id),
  }));
  await services.locks.take(locked, signal);
  const isWatchedOne = (image: string) =>
    means.watchImages.length === 0 || means.watchImages.some((name) => image.includes(name));
  const deployedImages = new DeployedImages({ artifacts, store, engine, sources });
  const deliveries = new Map(
    places.flatMap(({ scopes, target }) =>
      scopes.flatMap((scope) =>
        images.map((image) => [clusterTaskId(scope).deliver(image), { image, target }] as const),
      ),
    ),
  );
  const tasks = () =>
    means.tasks().map((task) => {
      const delivery = deliveries.get(task.id);
      if (delivery === undefined || task.mode !== "act") return task;
      const { image, target } = delivery;
      return telling(task, (reference) => services.places.streams(target)?.delivered(image, reference));
    });
  const observed = new ObservedFiles(
    means.executor,
    artifacts.map(({ image }) => ({ image, hash: taskId.hash(image), watched: isWatchedOne(image) })),
  );

  /** Outcomes of each place, as far as the pass came to know them. */
  const outcomes = async ({ outputs }: PassResult, during: AbortSignal): Promise<Map<string, PlaceOutcome>> => {
    const known = places.map((place) => place.deployed(outputs));
    for (const [i, { target, scopes, modules }] of places.entries())
      services.places.streams(target)?.passed({ outputs, scopes, deployed: known[i], images, modules });
    const scopes = places.map((place) => place.scopes);
    const brought = await deployedImages.of(outputs, scopes, during);
    return new Map(
      places.map(({ target }, i) => {
        const objects = known[i];
        return [placeId(target), { images: brought[i] ?? new Map(), namespaces: objects && namespacesOf(objects) }];
      }),
    );
  };

  return {
    deployTargets: places.map(({ target }) => target),
    places: places.map((place) => devPlace(place, means)),
    async begin() {
      for (const { artifact } of artifacts)
        if (artifact.sync?.kind === "manual")
          for (const diagnostic of manualHints(artifact.sync.rules)) bus.emit({ type: "diagnostic", diagnostic });
      means.begin();
      await services.places.enter(places);
    },
    targets() {
      const { roots, files } = observed.targets(tasks());
      return { roots, files: [...project.files, ...kubeconfigs, ...files] };
    },
    rewritten: () => project.files.filter((path) => fileStamp(path) !== stamps.get(path)),
    files: (during) =>
      projectFiles(
        {
          configs: [...project.files, ...kubeconfigs],
          artifacts: artifacts.filter(({ image }) => isWatchedOne(image)),
          observed,
          workdir: (image) => deployedImages.workdir(image),
          labels: (image) => deployedImages.labels(image),
        },
        during,
      ),
    print: (path, during) => store.describePath(path, during),
    heard(path) {
      for (const artifact of artifacts) artifact.heard(path);
    },
    async pass({ needs }, { paths, watch }, during): Promise<PassOutcome> {
      const did = watchWork(bus);
      const changes = observed.changes(needs, paths);
      const all = tasks();
      const wanted = wantedTasks(contexts, artifacts, all);
      const result = await means.run({ tasks: all, ...wanted, onFailure: "continue", changes, watch }, during);
      const none = { did: did(), places: new Map() };
      // The results of a superseded pass are older than those of the pass that superseded it.
      if (result.outcome === "superseded" || result.outcome === "cancelled") return { end: result.outcome, ...none };
      const failures = result.failed.flatMap(({ diagnostics }) => diagnostics);
      return { end: result.outcome, did: none.did, places: await outcomes(result, during), failures };
    },
    answers: async (during) => {
      if (artifacts.some(({ needsEngine }) => needsEngine)) await engineBack(engine, clock, during);
    },
    async reload(during) {
      const { files, compose } = await means.reopen(during);
      try {
        return await graphProject(compose(), services, during);
      } catch (thrown) {
        during.throwIfAborted();
        if (!(thrown instanceof Failure) || thrown.diagnostics.some(({ passing }) => passing)) throw thrown;
        throw new RefusedConfig(files, ...thrown.diagnostics);
      }
    },
  };
}

function devPlace({ target }: SessionPlace, { identity, artifacts, project, bus }: GraphProjectMeans): DevPlace {
  const { cluster } = target;
  return {
    id: placeId(target),
    cluster,
    overlayName: overlayNames(identity, target),
    hooks: syncHooks({
      artifacts: artifacts.map(({ artifact }) => artifact),
      cluster,
      facts: { workDir: project.cwd, kubeContext: cluster.context },
      emit: (event) => bus.emit(event),
    }),
  };
}

/** Reports a delivered image at once, because a container's first log lines come before its roll-out is over. */
function telling(task: ActTask, delivered: (reference: string) => void): ActTask {
  return {
    ...task,
    async run(inputs, ctx) {
      const output = await task.run(inputs, ctx);
      delivered((output as DeliverOutput).reference);
      return output;
    },
  };
}
