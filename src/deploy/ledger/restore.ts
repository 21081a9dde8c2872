/**
 * Undoes devloop's changes in an object that existed before, valid for the version that was read: a concurrent write
 * leads to another try. The field managers of devloop are removed as well; otherwise the next server-side apply by the
 * object's users would conflict with a manager that is gone.
 */

import type { Cluster, KubeObject } from "../../cluster/cluster.ts";
import { ApiError } from "../../cluster/connect/api-error.ts";
import { requestJson } from "../../cluster/connect/request.ts";
import { managerEntries } from "../../cluster/objects/managed-fields.ts";
import { getObject } from "../../cluster/objects/objects.ts";
import { objectPath } from "../../cluster/objects/resources.ts";
import { nameOf } from "../../diag/object-name.ts";
import { type PatchStep, restoration } from "../apply/prior.ts";
import type { Entry } from "./ledger.ts";

const restorer = "devloop-restore";
const mostTries = 5;

/**
 * Restores the object. `others`: how many fields were changed by others since and stay. An object with another uid is
 * left alone.
 */
export async function restore(
  cluster: Cluster,
  { ref, uid, manager, prior }: Entry & { readonly state: "changed" },
  signal: AbortSignal,
): Promise<{ readonly restored: boolean; readonly others: number }> {
  const send = async (live: KubeObject, steps: readonly PatchStep[]): Promise<KubeObject> => {
    const version = live.metadata.resourceVersion ?? "";
    const options = {
      method: "PATCH",
      contentType: "application/json-patch+json",
      query: { fieldManager: restorer },
      body: JSON.stringify([{ op: "replace", path: "/metadata/resourceVersion", value: version }, ...steps]),
      signal,
    } as const;
    return requestJson(cluster, await objectPath(cluster, ref, signal), options, `cannot restore ${nameOf(ref)}`);
  };
  for (let tries = 1; ; tries++) {
    const live = await getObject(cluster, ref, signal);
    if (live === undefined || live.metadata.uid !== uid) return { restored: false, others: 0 };
    const { patch, others } = restoration(live, prior);
    try {
      const after = patch.length > 0 ? await send(live, patch) : live;
      const entries = managerEntries(after).filter((entry) => entry.manager !== manager && entry.manager !== restorer);
      // The server ignores an empty list, so a list with one empty entry removes all managers.
      const value = (entries.length > 0 ? entries : [{}]) as never;
      if (entries.length < managerEntries(after).length)
        await send(after, [{ op: "replace", path: "/metadata/managedFields", value }]);
      return { restored: patch.length > 0, others };
    } catch (thrown) {
      if (!(thrown instanceof ApiError) || thrown.code !== 409 || tries >= mostTries) throw thrown;
    }
  }
}
