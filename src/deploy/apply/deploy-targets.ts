/** The targets of objects: one for each namespace of a cluster that a project deploys to, each with its ledger. */
import { userInfo } from "node:os";
import type { Cluster } from "../../cluster/cluster.ts";
import { clusterId } from "../../cluster/connect/identity.ts";
import { type Shared, shared, sharedBy } from "../../std/async/shared.ts";
import type { Documents } from "../../store/documents.ts";
import { Ledger, type LedgerIdentity } from "../ledger/ledger.ts";
import type { DeployTarget } from "./owned-apply.ts";
import { ownerOf } from "./owner.ts";

/** The target to open. */
export interface TargetRequest {
  /** The project's identity, stable between runs. */
  readonly identity: string;
  /** The connection to the cluster; the same function for the same cluster. */
  readonly cluster: () => Promise<Cluster>;
  /** Undefined: the kubeconfig's own. */
  readonly namespace: string | undefined;
}

/** @returns a function that opens targets, with the same ledger each time */
export function deployTargets(
  documents: Documents,
  signal: AbortSignal,
): (request: TargetRequest) => Promise<DeployTarget> {
  const ids = new WeakMap<Cluster, Shared<string>["get"]>();
  const ledgers = sharedBy((key) => Ledger.open(documents, JSON.parse(key) as LedgerIdentity));
  return async ({ identity, cluster: way, namespace: asked }) => {
    const cluster = await way();
    const known = ids.get(cluster) ?? shared(() => clusterId(cluster, signal)).get;
    ids.set(cluster, known);
    const id = await known();
    const namespace = asked ?? cluster.namespace;
    const ledger = await ledgers(JSON.stringify({ project: identity, cluster: id, namespace })).get();
    return { cluster, clusterId: id, namespace, owner: ownerOf(identity, userName()), ledger };
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number without a user.
    return String(process.getuid?.() ?? "");
  }
}
