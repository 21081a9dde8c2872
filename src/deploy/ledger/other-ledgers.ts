/**
 * Reports what earlier sessions of a project left in clusters and namespaces that it does not deploy to now. The
 * present session does not clean them up; one line says where they are.
 */

import type { Event } from "../../event/event.ts";
import type { DeployTarget } from "../apply/owned-apply.ts";
import { type LedgerDocuments, ledgersOf } from "./ledger.ts";

export interface OtherLedgersMeans {
  readonly documents: LedgerDocuments;
  /** The project's stable identity. */
  readonly identity: string;
  readonly emit: (event: Event) => void;
}

/** @param targets every place that the project deploys to */
export async function tellOtherLedgers(
  { documents, identity, emit }: OtherLedgersMeans,
  targets: readonly Pick<DeployTarget, "clusterId" | "namespace">[],
): Promise<void> {
  for (const { cluster, namespace, objects } of await ledgersOf(documents, identity)) {
    const there = targets.filter(({ clusterId }) => clusterId === cluster);
    if (there.some((target) => target.namespace === namespace)) continue;
    const where = there.length > 0 ? `the namespace ${namespace}` : `another cluster (namespace ${namespace})`;
    const things = objects === 1 ? "1 object" : `${objects} objects`;
    emit({
      type: "notice",
      level: "warning",
      text: `${things} of this project ${objects === 1 ? "is" : "are"} still in ${where}; \`devloop delete -n ${namespace}\` there cleans up`,
    });
  }
}
