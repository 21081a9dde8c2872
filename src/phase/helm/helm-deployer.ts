/**
 * The deployer of Helm releases: each release is a task of its own, so that an unchanged one is neither run, nor
 * written, nor waited for. Its objects are known once it is deployed. A clean-up uninstalls what devloop installed,
 * newest first, and rolls back releases that existed before.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import { refOf } from "../../cluster/objects/resources.ts";
import { globalArguments } from "../../deploy/helm/arguments.ts";
import type { Cleaner } from "../../deploy/ledger/cleanup.ts";
import { objectId } from "../../deploy/manifests/object-id.ts";
import { Failure } from "../../diag/failure.ts";
import type { Task } from "../../graph/task.ts";
import { helm } from "../../tool/helm.ts";
import type { DeployedObject, Deployer } from "../deploy/deployer.ts";
import { type WaitBoard, waitBoard } from "../deploy/wait.ts";
import { helmTasks } from "./helm-program.ts";
import { releaseObjectsTask, releaseTask } from "./release.ts";
import { chartTask, dependenciesTask, imagesTask, needsTask } from "./release-chart.ts";
import { historyTask } from "./release-history.ts";
import { type ModuleHooks, releaseHookTasks } from "./release-hooks.ts";
import { refuseTwice } from "./release-names.ts";
import { releaseTurns } from "./release-turns.ts";
import { releaseWaits } from "./release-waits.ts";
import { connectionTo, type ReleaseOfModule, type ReleaseWork, releaseIds } from "./release-work.ts";

/** @param hooks of the modules that have releases */
export function helmDeployer(
  work: ReleaseWork,
  releases: readonly ReleaseOfModule[],
  hooks: readonly ModuleHooks[] = [],
): Deployer {
  const ids = releaseIds(work.scope);
  return {
    kind: "helm",
    target: () => work.target(),
    tasks() {
      if (releases.length === 0) return [];
      refuseTwice(releases.map(({ release }) => release));
      const board = waitBoard();
      const all = releases.map(({ release }) => release);
      const turns = releaseTurns(releases);
      const before = ({ module, release }: ReleaseOfModule) => {
        const hooked = hooks.some((one) => one.module === module && one.before.length > 0);
        const turn = turns.get(release.name);
        return [
          ...(hooked ? [ids.hook(module, "pre-deploy")] : []),
          ...(turn === undefined ? [] : [ids.release(turn)]),
        ];
      };
      const cwd = releases[0]?.release.directory ?? ".";
      return [
        ...helmTasks(work.scope, cwd),
        historyTask(work, all),
        ...releases.flatMap((one) => tasksOf(work, one, board, before(one))),
        ...hooks.flatMap((one) => releaseHookTasks(work, one, ofModule(releases, one.module))),
      ];
    },
    deployed(outputs) {
      const known = releases.flatMap(({ release, module }) => {
        const output = outputs.get(ids.objects(release.name)) as unknown as
          | { objects: readonly KubeObject[] }
          | undefined;
        if (output === undefined) return [];
        const live = (outputs.get(ids.live(release.name)) ?? {}) as unknown as Record<string, KubeObject | null>;
        return [
          output.objects.map((object): DeployedObject => {
            const uid = live[objectId(refOf(object))]?.metadata.uid;
            return { module, object, ...(uid === undefined ? {} : { uid }) };
          }),
        ];
      });
      return known.length === releases.length ? known.flat() : undefined;
    },
    cleaners: { release: cleaner(work) },
  };
}

function ofModule(releases: readonly ReleaseOfModule[], name: string): readonly ReleaseOfModule[] {
  return releases.filter(({ module }) => module === name);
}

/** @param after ids of tasks that come before the release */
function tasksOf(work: ReleaseWork, one: ReleaseOfModule, board: WaitBoard, after: readonly string[]): Task[] {
  const { release, statusCheck } = one;
  const { chart, name } = release;
  const brings = chart.kind === "local" && !release.skipBuildDependencies;
  const objects: Task = {
    ...releaseObjectsTask(work, one),
    expand: (output) =>
      statusCheck
        ? releaseWaits(work, name, (output as unknown as { objects: readonly KubeObject[] }).objects, board)
        : [],
  };
  return [
    ...(brings ? [needsTask(work, name, chart.path), dependenciesTask(work, one, chart.path)] : []),
    chartTask(work, release, brings),
    imagesTask(work, one, (images) => [releaseTask(work, one, images, after), objects]),
  ];
}

function cleaner(work: ReleaseWork): Cleaner {
  return async ({ ref, state, detail }, signal) => {
    const { cluster, namespace: home } = await work.target();
    const at = ["--namespace", ref.namespace ?? home, ...globalArguments(connectionTo(work, cluster))];
    const cwd = typeof detail?.directory === "string" ? detail.directory : process.cwd();
    if (state === "changed") {
      const revision = Number(detail?.revision ?? 0);
      if (revision === 0) return { result: "kept", why: "it was not deployed before devloop changed it" };
      await helm({ args: ["rollback", ref.name, String(revision), ...at], cwd }, signal);
      return { result: "restored", why: `rolled back to revision ${revision}` };
    }
    try {
      await helm({ args: ["uninstall", ref.name, "--wait", ...at], cwd }, signal);
    } catch (thrown) {
      // The release was uninstalled meanwhile: nothing is left to undo.
      if (!(thrown instanceof Failure) || !/not found/.test(thrown.message)) throw thrown;
    }
    return { result: "deleted" };
  };
}
