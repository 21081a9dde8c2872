/**
 * How much of each kind of work runs at once where the caller says nothing else: enough to keep an engine, a registry
 * or an API server busy, and no more than it takes without turning requests away.
 *
 * Waits and hooks have no limit: a wait takes long and costs nothing while it lasts, and each must begin at once to see
 * a failure when it happens; hooks are the user's own commands, one set for each module.
 */
import { availableParallelism } from "node:os";

/** Of a kind that is not named any number runs. */
export type Limits = Readonly<Record<string, number>>;

export function usualLimits(cores = availableParallelism()): Limits {
  return {
    hash: Math.max(4, cores),
    // Lists of the engine, of nodes and registries, and of the cluster's objects.
    look: 16,
    tag: 16,
    build: cores,
    derive: cores,
    render: Math.max(4, cores),
    deliver: 4,
    apply: 24,
  };
}
