/**
 * A namespace that is not there fails every object that goes into it in the same way. Decides the one complaint that
 * stands for all of them: which namespace, how many objects, the nearest name that there is.
 */

import type { Cluster } from "../../cluster/cluster.ts";
import { ApiError } from "../../cluster/connect/api-error.ts";
import { listObjects } from "../../cluster/objects/objects.ts";
import { Failure } from "../../diag/failure.ts";
import { closest } from "../../std/text/edit-distance.ts";

/** @param objects how many of the project go into the namespace of the one that failed; undefined: another failure. */
export async function missingNamespace(
  thrown: unknown,
  cluster: Cluster,
  objects: number,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const namespace = thrown instanceof Failure && /: namespaces "([^"]+)" not found$/.exec(thrown.message)?.[1];
  if (!namespace) return undefined;
  const near = closest(namespace, await namespaceNames(cluster, signal));
  const make = `create it with: kubectl create namespace ${namespace}`;
  return new Failure({
    severity: "error",
    message: `there is no namespace ${namespace}, and ${objects === 1 ? "one object goes" : `${objects} objects go`} into it`,
    suggestion: near === undefined ? make : `did you mean ${near}? else ${make}`,
  });
}

/** Who may not list them gets no near name. */
async function namespaceNames(cluster: Cluster, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const { items } = await listObjects(cluster, { apiVersion: "v1", kind: "Namespace" }, signal);
    return items.map(({ metadata }) => metadata.name);
  } catch (thrown) {
    if (thrown instanceof ApiError) return [];
    throw thrown;
  }
}
