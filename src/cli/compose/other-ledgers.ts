/** Tells what earlier sessions of a project left in other clusters and namespaces. */

import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import { ledgersOf } from "../../deploy/ledger/ledger.ts";
import type { World } from "./world.ts";

/** What earlier sessions left elsewhere is not cleaned up by this one: one line says where it is. */
export async function tellOtherLedgers(world: World, place: DeployTarget): Promise<void> {
  for (const { cluster, namespace, objects } of await ledgersOf(world.store.documents, world.identity)) {
    if (cluster === place.clusterId && namespace === place.namespace) continue;
    const where =
      cluster === place.clusterId ? `the namespace ${namespace}` : `another cluster (namespace ${namespace})`;
    const things = objects === 1 ? "1 object" : `${objects} objects`;
    world.emit({
      type: "notice",
      level: "warning",
      text: `${things} of this project ${objects === 1 ? "is" : "are"} still in ${where}; \`devloop delete -n ${namespace}\` there cleans up`,
    });
  }
}
