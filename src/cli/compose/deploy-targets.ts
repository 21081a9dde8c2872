/** Where objects go: one target, with its one ledger, for each namespace of the cluster that is asked for. */
import { userInfo } from "node:os";
import type { Cluster } from "../../cluster/cluster.ts";
import { clusterId } from "../../cluster/identity.ts";
import { Ledger } from "../../deploy/ledger.ts";
import type { DeployTarget } from "../../deploy/owned-apply.ts";
import { ownerOf } from "../../deploy/owner.ts";
import type { Documents } from "../../store/documents.ts";

export interface TargetsOptions {
  cluster(): Promise<Cluster>;
  readonly documents: Documents;
  /** The project's, stable between runs. */
  readonly identity: string;
  readonly signal: AbortSignal;
}

/** @returns gives the target of a namespace, the same one each time; undefined: the kubeconfig's own namespace */
export function deployTargets(options: TargetsOptions): (namespace: string | undefined) => Promise<DeployTarget> {
  const opened = new Map<string | undefined, Promise<DeployTarget>>();
  return (namespace) => {
    const target = opened.get(namespace) ?? openTarget(options, namespace);
    opened.set(namespace, target);
    return target;
  };
}

async function openTarget(options: TargetsOptions, asked: string | undefined): Promise<DeployTarget> {
  const { documents, identity, signal } = options;
  const cluster = await options.cluster();
  const id = await clusterId(cluster, signal);
  const namespace = asked ?? cluster.namespace;
  const ledger = await Ledger.open(documents, { project: identity, cluster: id, namespace });
  return { cluster, clusterId: id, namespace, owner: ownerOf(identity, userName()), ledger };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no user has.
    return String(process.getuid?.() ?? "");
  }
}
