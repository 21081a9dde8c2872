/**
 * What a deployer is: from the modules that use it in one cluster, and their images, to tasks of the graph.
 *
 * Decides nothing itself. The objects come as an output, before the tasks ran (manifests are rendered first) or after
 * (a release tells what it holds once it is installed); whatever follows objects, such as logs, port-forwards and sync,
 * asks `deployed` and needs to know neither which deployer it was nor when. What a deployer makes that is no object of
 * the cluster has a cleaner by its kind, which undoes what the ledger notes of it.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import type { Cleaners } from "../../deploy/ledger/cleanup.ts";
import type { Task, TaskId } from "../../graph/task.ts";
import type { Json } from "../../std/data/json.ts";

/** An object as a deployer brings it to the cluster. */
export interface DeployedObject {
  /** The module that it is of. */
  readonly module: string;
  readonly object: KubeObject;
  /** Of the live object, once this pass has seen or made it. */
  readonly uid?: string;
}

/** The outputs of a pass, by task. */
export type Outputs = ReadonlyMap<TaskId, Json>;

export interface Deployer {
  /** Its word in the configuration: `kubectl`, `helm`. */
  readonly kind: string;
  /** The cluster, and the ledger there. Opened when first asked for, then the same. */
  target(): Promise<DeployTarget>;
  /**
   * From sources to what is ready in the cluster. The tasks of an image's users depend on `deliver:<image>`, whose output
   * is `DeliverOutput`; those that bring objects to the cluster have the kinds `apply` or `release`, those that wait for
   * them `wait`, so that limits, barriers and headings hold for them.
   */
  tasks(): readonly Task[];
  /**
   * The objects, as far as a pass came to know them, also where it failed later. Undefined: the pass did not get to
   * know them, which does not mean that there are none.
   */
  deployed(outputs: Outputs): readonly DeployedObject[] | undefined;
  /** For entries of the ledger about things that are no objects. */
  readonly cleaners?: Cleaners;
}

/** The objects of several deployers; undefined where one of them does not know its own. */
export function deployedBy(deployers: readonly Deployer[], outputs: Outputs): readonly DeployedObject[] | undefined {
  const all = deployers.map((deployer) => deployer.deployed(outputs));
  return all.every((objects) => objects !== undefined) ? all.flat() : undefined;
}

/** The cleaners of several deployers. */
export function cleanersOf(deployers: readonly Deployer[]): Cleaners {
  return Object.assign({}, ...deployers.map(({ cleaners }) => cleaners));
}
