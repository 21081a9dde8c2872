/**
 * Default limits on how much work of each kind runs at once: enough to keep an engine, a registry or an API server
 * busy, and few enough that it does not refuse requests.
 * Waits and hooks have no limit. A wait takes long and costs nothing, and each must begin at once to see a failure when
 * it happens; hooks are the user's own commands, one set for each module.
 */
import { availableParallelism } from "node:os";

/** A kind without a number has no limit. */
export type Limits = Readonly<Record<string, number>>;

export function usualLimits(cores = availableParallelism()): Limits {
  return {
    hash: Math.max(4, cores),
    // Observations of the engine, of nodes and registries, and of the cluster's objects.
    look: 16,
    tag: 16,
    build: cores,
    derive: cores,
    render: Math.max(4, cores),
    deliver: 4,
    apply: 24,
  };
}
