/**
 * Takes over the fields of client-side `kubectl apply` before the first server-side apply of an object. Otherwise a
 * field that left the manifest would stay, because its old owner still holds it, and a changed Service port would be
 * added beside the old one.
 * Only ownership changes: a patch of managedFields, valid for exactly the version that was read, moves the old
 * manager's entries to devloop's manager. The last-applied annotation moves too and is removed by the next apply,
 * because an outdated one would make a later client-side apply compute a wrong difference.
 */

import { nameOf } from "../../diag/object-name.ts";
import { systemClock } from "../../std/clock.ts";
import type { Cluster, KubeObject } from "../cluster.ts";
import { ApiError } from "../connect/api-error.ts";
import { requestJson } from "../connect/request.ts";
import { type FieldTree, holds, type ManagerEntry, managerEntries, union } from "./managed-fields.ts";
import { getObject } from "./objects.ts";
import { objectPath, refOf } from "./resources.ts";

export const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";
const clientSideManager = "kubectl-client-side-apply";
const annotationPath = ["f:metadata", "f:annotations", `f:${lastAppliedAnnotation}`];
const mostTries = 5;

/** The entries after a take-over by `manager`; undefined where there is nothing to take over. */
export function takenOver(live: KubeObject, manager: string): readonly ManagerEntry[] | undefined {
  const entries = managerEntries(live);
  const old = entries.filter(isClientSide);
  const [first] = old;
  if (first === undefined) return undefined;
  const ours = entries.find((e) => e.manager === manager && e.operation === "Apply" && !e.subresource);
  const fieldsV1 = old.map((entry) => entry.fieldsV1).reduce<FieldTree>(union, ours?.fieldsV1 ?? {});
  const merged: ManagerEntry = { ...(ours ?? first), manager, operation: "Apply", fieldsV1 };
  return [...entries.filter((entry) => entry !== ours && !old.includes(entry)), merged];
}

/** Writes the take-over and returns the object after it; the unchanged object where there is nothing to take over. */
export async function takeOver(
  cluster: Cluster,
  live: KubeObject,
  manager: string,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const ref = refOf(live);
  let seen: KubeObject | undefined = live;
  for (let tries = 1; seen; tries++) {
    const managedFields = takenOver(seen, manager);
    if (managedFields === undefined) return seen;
    const patch = [
      { op: "replace", path: "/metadata/managedFields", value: managedFields },
      { op: "replace", path: "/metadata/resourceVersion", value: seen.metadata.resourceVersion },
    ];
    const options = {
      method: "PATCH",
      contentType: "application/json-patch+json",
      query: { fieldManager: manager },
      body: JSON.stringify(patch),
      signal,
    } as const;
    try {
      return await requestJson<KubeObject>(
        cluster,
        await objectPath(cluster, ref, signal),
        options,
        `cannot take over ${nameOf(ref)}`,
      );
    } catch (thrown) {
      if (!(thrown instanceof ApiError) || thrown.code !== 409 || tries >= mostTries) throw thrown;
      await systemClock.sleep(20 * tries, signal);
      seen = await getObject(cluster, ref, signal);
    }
  }
  return undefined;
}

/** Whether the entry is of a client-side apply: kubectl's own name, or the manager that wrote the annotation. */
function isClientSide(entry: ManagerEntry): boolean {
  if (entry.operation !== "Update" || entry.subresource) return false;
  return entry.manager === clientSideManager || holds(entry.fieldsV1, annotationPath);
}
