/**
 * Hooks around the releases of a module (`deploy.helm.hooks`), as tasks. They run at the first deployment of a session,
 * and again whenever a release's chart, values or images change. Hooks before come before any release of the module, so
 * they wait for its images; hooks after wait until its workloads are ready. The images and workloads are known only
 * when the charts were rendered and the releases installed, so the hooks are added then.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import { refOf } from "../../cluster/objects/resources.ts";
import { hasPods } from "../../cluster/status/judge.ts";
import { type DeployHook, runDeployHooks } from "../../deploy/hooks/deploy-hook.ts";
import { objectId } from "../../deploy/manifests/object-id.ts";
import type { Inputs, Task } from "../../graph/task.ts";
import type { JsonRecord } from "../../std/data/json.ts";
import { clusterTaskId } from "../ids.ts";
import type { ChartImages } from "./release-chart.ts";
import { namespaceOf, type ReleaseOfModule, type ReleaseWork, releaseIds } from "./release-work.ts";

export interface ModuleHooks {
  readonly module: string;
  readonly before: readonly DeployHook[];
  readonly after: readonly DeployHook[];
}

/** @param releases of the module */
export function releaseHookTasks(work: ReleaseWork, hooks: ModuleHooks, releases: readonly ReleaseOfModule[]): Task[] {
  return [
    ...(hooks.before.length > 0 ? [beforeTask(work, hooks, releases)] : []),
    ...(hooks.after.length > 0 ? [afterTask(work, hooks, releases)] : []),
  ];
}

function beforeTask(work: ReleaseWork, { module, before }: ModuleHooks, releases: readonly ReleaseOfModule[]): Task {
  const ids = releaseIds(work.scope);
  const { deliver } = clusterTaskId(work.scope);
  const names = releases.map(({ release }) => release.name);
  return {
    id: ids.hooks(module),
    kind: "look",
    mode: "observe",
    deps: names.map(ids.images),
    run: async (inputs) => {
      const used = names.flatMap((name) => inputs.get<ChartImages>(ids.images(name)).images);
      return { images: [...new Set(used)] };
    },
    expand(output) {
      const images = (output as ChartImages).images;
      const charts = names.map(ids.chart);
      const key = (inputs: Inputs) => ({
        charts: charts.map((id) => inputs.get(id)),
        images: images.map((image) => inputs.get(deliver(image))),
        releases: releases.map(({ release, flags }) => work.seal(JSON.stringify([release, flags]))),
      });
      return [hookTask(work, module, "pre-deploy", before, 0, releases, [...charts, ...images.map(deliver)], key)];
    },
  };
}

function afterTask(work: ReleaseWork, { module, after }: ModuleHooks, releases: readonly ReleaseOfModule[]): Task {
  const ids = releaseIds(work.scope);
  const { wait } = clusterTaskId(work.scope);
  const names = releases.map(({ release }) => release.name);
  return {
    id: ids.ends(module),
    kind: "look",
    mode: "observe",
    deps: names.map(ids.objects),
    run: async (inputs) => ({
      waits: releases.flatMap(({ release: { name }, statusCheck }) => {
        const { objects } = inputs.get(ids.objects(name)) as unknown as { objects: readonly KubeObject[] };
        return statusCheck ? objects.filter(hasPods).map((object) => wait(objectId(refOf(object)))) : [];
      }),
    }),
    expand(output) {
      const { waits } = output as { waits: readonly string[] };
      const deps = [...names.map(ids.release), ...waits];
      const key = (inputs: Inputs) => ({ releases: names.map((name) => inputs.get(ids.release(name))) });
      return [hookTask(work, module, "post-deploy", after, work.wait.deadlineMs, releases, deps, key)];
    },
  };
}

function hookTask(
  work: ReleaseWork,
  module: string,
  name: string,
  list: readonly DeployHook[],
  startMs: number,
  releases: readonly ReleaseOfModule[],
  deps: readonly string[],
  key: (inputs: Inputs) => JsonRecord,
): Task {
  return {
    id: releaseIds(work.scope).hook(module, name),
    kind: "hook",
    mode: "act",
    uninterruptible: true,
    deps,
    keyParts: (inputs) => ({
      session: work.session,
      hook: `${module}/helm/${name}`,
      commands: list.map(({ command }) => work.seal(command.join("\n"))),
      ...key(inputs),
    }),
    async run(_inputs, { emit, signal }) {
      const target = await work.target();
      const namespaces = [...new Set(releases.map(({ release }) => namespaceOf(work, release, target)))].sort();
      const how = { name, facts: { ...work.facts, namespaces }, emit };
      const place = { cluster: async () => target.cluster, namespaces, startMs };
      await runDeployHooks(list, how, place, signal);
      return null;
    },
  };
}
