/**
 * All objects of the project together: sets labels and namespaces, refuses duplicates, reports images that no object
 * uses. Then expands into tasks for these objects: reads of the live objects, applies, waits, hooks.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import { refOf } from "../../cluster/objects/resources.ts";
import { isWaitedBy } from "../../deploy/apply/wait-selectors.ts";
import { imagesIn, unusedImages } from "../../deploy/manifests/images.ts";
import { withLabels } from "../../deploy/manifests/labels.ts";
import { objectId } from "../../deploy/manifests/object-id.ts";
import { applyOrder, duplicates } from "../../deploy/manifests/order.ts";
import { askedScopes, knownScopes, placed, type Scopes } from "../../deploy/manifests/placement.ts";
import type { Manifest } from "../../deploy/manifests/read-manifest.ts";
import { Failure } from "../../diag/failure.ts";
import { nameOf } from "../../diag/object-name.ts";
import type { Inputs, Task, TaskContext } from "../../graph/task.ts";
import type { Json } from "../../std/data/json.ts";
import { clusterTaskId, taskId } from "../ids.ts";
import { applyTask } from "./apply.ts";
import type { DeployModule, DeployWork, ObjectsOutput, ProjectObject } from "./deploy-work.ts";
import { hookTasks } from "./hook.ts";
import { leftOverTask } from "./left-over.ts";
import { liveTasks } from "./live.ts";
import type { RenderOutput } from "./render.ts";
import { waitBoard, waitTask } from "./wait.ts";

/** The objects in their form for the cluster, and all tasks for them. */
export function objectsTask(work: DeployWork): Task {
  const told = new Set<string>();
  return {
    id: clusterTaskId(work.scope).objects,
    kind: "render",
    mode: "observe",
    deps: work.modules.map(({ module }) => taskId.render(module)),
    async run(inputs, ctx): Promise<Json> {
      const { cluster, clusterId, namespace, owner, ledger } = await work.target();
      const all = allManifests(work, inputs);
      const scopes = await askedScopes(
        cluster,
        all.map(({ object }) => object),
        ctx.signal,
      );
      const objects = arranged(work, inputs, scopes, namespace);
      tellUnused(work, objects, ctx);
      tellKubectl(work, told, ctx);
      const { formerOwners } = ledger;
      const former = formerOwners.length > 0 ? { formerOwners } : {};
      const output: ObjectsOutput = { cluster: clusterId, owner, ...former, objects };
      return output as unknown as Json;
    },
    expand: (output) => deployment(work, output as unknown as ObjectsOutput),
  };
}

/** The objects in the form for `render`: no cluster is asked, and only `-n` sets a namespace. */
export function printedObjectsTask(work: Omit<DeployWork, "target">): Task {
  return {
    id: taskId.objects,
    kind: "render",
    mode: "observe",
    deps: work.modules.map(({ module }) => taskId.render(module)),
    async run(inputs, ctx): Promise<Json> {
      const scopes = knownScopes(allManifests(work, inputs).map(({ object }) => object));
      const objects = arranged(work, inputs, scopes, undefined);
      tellUnused(work, objects, ctx);
      return { objects } as unknown as Json;
    },
  };
}

type Arranging = Pick<DeployWork, "modules" | "labels" | "namespace" | "selectors" | "images" | "expected">;

function allManifests({ modules }: Arranging, inputs: Inputs): readonly Manifest[] {
  return modules.flatMap(({ module }) => manifestsOf(module, inputs));
}

function manifestsOf(module: string, inputs: Inputs): readonly Manifest[] {
  return (inputs.get(taskId.render(module)) as unknown as RenderOutput).manifests;
}

/** @param target for objects without a namespace; undefined: they stay without one, unless `-n` was given */
function arranged(work: Arranging, inputs: Inputs, scopes: Scopes, target: string | undefined): ProjectObject[] {
  const objects = work.modules.flatMap(({ module, defaultNamespace }) => {
    const labelled = manifestsOf(module, inputs).map((manifest) => ({
      ...manifest,
      object: withLabels(manifest.object, work.labels, work.selectors),
    }));
    const namespace = work.namespace ?? (target === undefined ? undefined : (defaultNamespace ?? target));
    const there =
      namespace === undefined
        ? labelled.flatMap((manifest) => (manifest.namespace ? atHome(manifest, scopes) : [manifest]))
        : placed(labelled, { forced: work.namespace, target: namespace }, scopes);
    return there.map(({ object, at }): ProjectObject => ({ module, object, at }));
  });
  const [first, ...more] = duplicates(objects).map(([earlier, later]) => ({
    severity: "error" as const,
    at: later.at,
    message: `${nameOf(refOf(later.object))} is there twice, first in ${earlier.at.file} on line ${earlier.at.line}`,
  }));
  if (first) throw new Failure(first, ...more);
  return objects;
}

/** Printed manifests of a release are for the release's namespace, as its chart has been told. */
function atHome(manifest: Manifest, scopes: Scopes): readonly Manifest[] {
  return placed([manifest], { forced: undefined, target: manifest.namespace ?? "" }, scopes);
}

/** @param told modules of which it was told */
function tellKubectl({ modules }: DeployWork, told: Set<string>, { emit }: TaskContext): void {
  for (const { module, flags } of modules) {
    if (flags.kubectl === undefined || told.has(module)) continue;
    told.add(module);
    const text = `${flags.kubectl.because} is a flag that only kubectl understands: your kubectl writes the objects of ${module}, one by one`;
    emit({ type: "notice", level: "warning", text });
  }
}

function tellUnused(work: Arranging, objects: readonly ProjectObject[], { emit }: TaskContext): void {
  const all = objects.map(({ object }) => object);
  for (const { message } of unusedImages(work.expected, all, work.selectors))
    emit({ type: "notice", level: "warning", text: message });
}

function deployment(work: DeployWork, { objects, ...where }: ObjectsOutput): readonly Task[] {
  const all = objects.map(({ object }) => object);
  const order = applyOrder(all, (object) => imagesIn(object, work.images, work.selectors));
  const inNamespace = Map.groupBy(all, ({ metadata }) => metadata.namespace);
  const board = waitBoard();
  const ids = clusterTaskId(work.scope);
  const tasksOf = (module: DeployModule): Task[] => {
    const mine = objects.filter((one) => one.module === module.module);
    const isWaited = ({ object }: ProjectObject) => isWaitedBy(object, work.waitSelectors ?? []);
    const waited = module.statusCheck ? mine.filter(isWaited) : [];
    const hooks = hookTasks(work, module, {
      objects: mine.map(({ object }) => object),
      images: [...new Set(mine.flatMap(({ object }) => order.get(idOf(object))?.images ?? []))],
      ends: [
        ...mine.map(({ object }) => ids.apply(idOf(object))),
        ...waited.map(({ object }) => ids.wait(idOf(object))),
      ],
    });
    const applies = mine.map((one) => {
      const { after = [], images = [] } = order.get(idOf(one.object)) ?? {};
      const before = hooks.before.map(({ id }) => id);
      const beside = inNamespace.get(one.object.metadata.namespace)?.length ?? 1;
      return applyTask(work, module, one, { ...where, images, beside, after: [...before, ...after.map(ids.apply)] });
    });
    const waits = waited.map(({ object }) => waitTask(work, object, board));
    return [...hooks.before, ...applies, ...waits, ...hooks.after];
  };
  return [...liveTasks(work, all), leftOverTask(work, all), ...work.modules.flatMap(tasksOf)];
}

function idOf(object: KubeObject): string {
  return objectId(refOf(object));
}
