/**
 * A missing namespace fails every object in it in the same way. Makes the one diagnostic for all of them: the
 * namespace, the number of objects, and the nearest existing name.
 */

import type { Cluster } from "../../cluster/cluster.ts";
import { ApiError } from "../../cluster/connect/api-error.ts";
import { listObjects } from "../../cluster/objects/objects.ts";
import { Failure } from "../../diag/failure.ts";
import { closest } from "../../std/text/edit-distance.ts";

/**
 * @param objects how many of the project go into the failed object's namespace
 * Undefined for another failure.
 */
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

/** Empty where namespaces may not be listed. */
async function namespaceNames(cluster: Cluster, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const { items } = await listObjects(cluster, { apiVersion: "v1", kind: "Namespace" }, signal);
    return items.map(({ metadata }) => metadata.name);
  } catch (thrown) {
    if (thrown instanceof ApiError) return [];
    throw thrown;
  }
}
