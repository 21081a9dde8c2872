/**
 * Hooks around the deployment of a module, as tasks. They run at the first deployment of a session, as in the reference
 * tool, and again whenever what is deployed changes: a save that ends in the same objects runs none. A repair of an
 * object that was changed by hand in the cluster runs none either.
 * Hooks before wait for every image of the module, because they must come before anything of it is applied; hooks after
 * wait until it is ready. No save cancels a hook.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import { type DeployHook, runDeployHooks } from "../../deploy/hooks/deploy-hook.ts";
import type { HookFacts } from "../../deploy/hooks/host-hook.ts";
import { fieldSeals } from "../../deploy/manifests/field-seals.ts";
import type { Task } from "../../graph/task.ts";
import { clusterTaskId, taskId } from "../ids.ts";
import type { DeliverOutput } from "../image/deliver.ts";
import type { DeployModule, DeployWork } from "./deploy-work.ts";

/** The deployment that the hooks surround. */
export interface Hooked {
  readonly objects: readonly KubeObject[];
  readonly images: readonly string[];
  /** Ids of the tasks that end the deployment. */
  readonly ends: readonly string[];
}

/** One task for all hooks before, one for all after; none where there are no hooks. */
export function hookTasks(
  work: DeployWork,
  { module, hooks }: DeployModule,
  hooked: Hooked,
): { readonly before: readonly Task[]; readonly after: readonly Task[] } {
  const { objects, images } = hooked;
  const namespaces = [...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))].sort();
  const facts: HookFacts = { ...work.facts, namespaces };
  const seals = () => objects.map((object) => work.seal(JSON.stringify(fieldSeals(object, work.seal))));
  const { deliver } = clusterTaskId(work.scope);
  const delivered = images.map(deliver);
  const task = (name: string, list: readonly DeployHook[], startMs: number, deps: readonly string[]): Task => ({
    id: taskId.hook(`${module}/${name}`),
    kind: "hook",
    mode: "act",
    uninterruptible: true,
    deps: [...new Set([...delivered, ...deps])],
    keyParts: (inputs) => ({
      session: work.session,
      hook: `${module}/${name}`,
      commands: list.map(({ command }) => work.seal(command.join("\n"))),
      images: Object.fromEntries(images.map((image) => [image, inputs.get<DeliverOutput>(deliver(image)).reference])),
      objects: seals(),
    }),
    async run(_inputs, { emit, signal }) {
      const cluster = async () => (await work.target()).cluster;
      await runDeployHooks(list, { name, facts, emit }, { cluster, namespaces, startMs }, signal);
      return null;
    },
  });
  return {
    before: hooks.before.length > 0 ? [task("pre-deploy", hooks.before, 0, [])] : [],
    after: hooks.after.length > 0 ? [task("post-deploy", hooks.after, work.wait.deadlineMs, hooked.ends)] : [],
  };
}
