/**
 * The project's live objects: one LIST for each kind and namespace in use. An observation, which proves that nothing
 * has to be written. Secrets are listed only in the namespaces where the project has some.
 */

import type { Cluster, KubeObject } from "../../cluster/cluster.ts";
import { ApiError } from "../../cluster/connect/api-error.ts";
import { getObject, listObjects } from "../../cluster/objects/objects.ts";
import { kindId } from "../../deploy/manifests/object-id.ts";
import type { Inputs, Task } from "../../graph/task.ts";
import { inParallel } from "../../std/async/parallel.ts";
import type { Json } from "../../std/data/json.ts";
import { clusterTaskId } from "../ids.ts";
import type { DeployWork } from "./deploy-work.ts";

/** Objects by name; missing objects are absent. */
type LiveOutput = Readonly<Record<string, KubeObject>>;

/** How many objects are read at once where they cannot be listed. */
const readAtOnce = 16;

/** The id of the task that reads an object. */
export function liveIdOf({ scope }: Pick<DeployWork, "scope">, object: KubeObject): string {
  return clusterTaskId(scope).live(kindId(object), object.metadata.namespace ?? "-");
}

/** The live object, in a task that depends on its `liveIdOf`. */
export function liveOf(work: Pick<DeployWork, "scope">, object: KubeObject, inputs: Inputs): KubeObject | undefined {
  return (inputs.get(liveIdOf(work, object)) as unknown as LiveOutput)[object.metadata.name];
}

export function liveTasks(work: Pick<DeployWork, "scope" | "target">, objects: readonly KubeObject[]): Task[] {
  const groups = Map.groupBy(objects, (object) => liveIdOf(work, object));
  return [...groups].map(([id, group]): Task => {
    return {
      id,
      kind: "look",
      mode: "observe",
      deps: [clusterTaskId(work.scope).objects],
      async run(_inputs, { signal }): Promise<Json> {
        const { cluster } = await work.target();
        return (await liveObjects(cluster, group, signal)) as unknown as Json;
      },
    };
  });
}

/**
 * The live objects of a group, by name.
 * @param group wanted objects of one kind and namespace
 */
export async function liveObjects(
  cluster: Cluster,
  group: readonly KubeObject[],
  signal: AbortSignal,
): Promise<LiveOutput> {
  const [first] = group;
  if (first === undefined) return {};
  const { apiVersion, kind, metadata } = first;
  const wanted = new Set(group.map((object) => object.metadata.name));
  // A single object is selected by name, because a namespace may have many other objects of its kind.
  const fieldSelector = group.length === 1 ? `metadata.name=${metadata.name}` : undefined;
  try {
    const { items } = await listObjects(
      cluster,
      { apiVersion, kind, namespace: metadata.namespace, fieldSelector },
      signal,
    );
    return Object.fromEntries(
      items.filter((item) => wanted.has(item.metadata.name)).map((item) => [item.metadata.name, item]),
    );
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    // The kind's definition may be part of this deployment.
    if (thrown.code === 404) return {};
    if (thrown.code !== 403) throw thrown;
    return oneByOne(cluster, group, signal);
  }
}

/** Users who may not list may often read single objects. */
async function oneByOne(cluster: Cluster, group: readonly KubeObject[], signal: AbortSignal): Promise<LiveOutput> {
  const found: Record<string, KubeObject> = {};
  const read = async ({ apiVersion, kind, metadata: { name, namespace } }: KubeObject, during: AbortSignal) => {
    const ref = { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
    const object = await getObject(cluster, ref, during);
    if (object) found[name] = object;
  };
  await inParallel(group, readAtOnce, read, signal);
  return found;
}
