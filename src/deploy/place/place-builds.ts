/** Builds in the cluster of a place: their means, and the removal of objects that killed processes left. */
import type { BuildCluster } from "../../build/builder.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import type { Module } from "../../config/project.ts";
import { Failure } from "../../diag/failure.ts";
import type { Registry } from "../../image/registry/registry.ts";
import type { DeployTarget } from "../apply/owned-apply.ts";
import { type BuildMaker, buildCleaner, buildThing, makeForBuild, sweepBuilds } from "../ledger/build-objects.ts";
import type { Cleaners } from "../ledger/cleanup.ts";
import { type LedgerDocuments, placesOfThings } from "../ledger/ledger.ts";

export interface PlaceBuilds {
  /**
   * For the builds of a module.
   * @throws Failure where there is no cluster
   */
  clusterOf(module: Module): Promise<BuildCluster>;
  /**
   * Removes objects of killed processes. The cluster is asked only where the ledger has such objects; one that does not
   * answer is asked again at the next start.
   */
  sweep(): Promise<void>;
  readonly cleaners: Cleaners;
}

export interface PlaceBuildMeans {
  cluster(): Promise<Cluster>;
  target(namespace: string | undefined): Promise<DeployTarget>;
  /** The project's identity, stable between runs. */
  readonly identity: string;
  readonly maker: BuildMaker;
  readonly documents: LedgerDocuments;
  readonly registry: Registry;
  readonly signal: AbortSignal;
}

export function placeBuilds(means: PlaceBuildMeans): PlaceBuilds {
  const { cluster, target, identity, maker, documents, registry, signal } = means;
  return {
    async clusterOf({ id, build }) {
      const there = await target(build.cluster?.namespace);
      return { cluster: there.cluster, registry, make: makeForBuild(maker, there, id) };
    },
    async sweep() {
      for (const left of await placesOfThings(documents, identity, buildThing)) {
        try {
          const there = await target(left.namespace);
          if (there.clusterId === left.cluster) await sweepBuilds(maker, there, signal);
        } catch (thrown) {
          if (signal.aborted || !(thrown instanceof Failure)) throw thrown;
        }
      }
    },
    cleaners: { [buildThing]: buildCleaner(maker, cluster) },
  };
}
