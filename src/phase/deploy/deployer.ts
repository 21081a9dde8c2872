/**
 * The interface of deployers: from the modules that use it in one cluster, and their images, to tasks of the graph.
 * The objects come as an output, before the tasks ran (manifests are rendered first) or after (the objects of a release
 * are known once it is installed). Code that follows objects, such as logs, port-forwards and sync, calls `deployed`
 * and needs to know neither the deployer nor the time. A thing that a deployer makes and that is no object of the
 * cluster has a cleaner by its kind, which undoes the work that the ledger records.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import type { Cleaners, ModuleDeletion } from "../../deploy/ledger/cleanup.ts";
import type { Task, TaskId } from "../../graph/task.ts";
import type { Json } from "../../std/data/json.ts";

/** A deployed object. */
export interface DeployedObject {
  /** The module of the object. */
  readonly module: string;
  readonly object: KubeObject;
  /** Uid of the live object, once this pass has read or made it. */
  readonly uid?: string;
}

/** The outputs of a pass, by task. */
export type Outputs = ReadonlyMap<TaskId, Json>;

export interface Deployer {
  /** Its name in the configuration: `kubectl`, `helm`. */
  readonly kind: string;
  /** The cluster, and the ledger there. Opened at the first call, then the same. */
  target(): Promise<DeployTarget>;
  /**
   * All tasks from the sources to ready objects in the cluster. Tasks that use an image depend on `deliver:<image>`,
   * whose output is `DeliverOutput`; tasks that bring objects to the cluster have the kinds `apply` or `release`, tasks
   * that wait for them `wait`, so that limits, barriers and headings apply to them.
   */
  tasks(): readonly Task[];
  /**
   * The objects that a pass came to know, even where it failed later. Undefined: the pass did not come to know them, so
   * there may be some.
   */
  deployed(outputs: Outputs): readonly DeployedObject[] | undefined;
  /** How a clean-up deletes the objects of a module; undefined where nothing says. */
  deletion?(module: string): ModuleDeletion | undefined;
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

/** How a module's objects are deleted, by the first deployer that says. */
export function deletionOf(deployers: readonly Deployer[]): (module: string | undefined) => ModuleDeletion | undefined {
  return (module) => {
    if (module === undefined) return undefined;
    return deployers.map((deployer) => deployer.deletion?.(module)).find((found) => found !== undefined);
  };
}
