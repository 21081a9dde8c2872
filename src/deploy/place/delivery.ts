/**
 * Where this run's images must be: decided once from the cluster, `build.local.push` and `--push`, and opened only when
 * it is needed. A cluster that does not use this machine's engine gets its images through a registry.
 */

import type { Cluster } from "../../cluster/cluster.ts";
import { clusterNodes } from "../../cluster/connect/identity.ts";
import { nodePods } from "../../cluster/stream/node-pods.ts";
import { Failure } from "../../diag/failure.ts";
import type { Destination, Notice } from "../../image/destination.ts";
import type { Engine } from "../../image/engine/engine.ts";
import { type ContainerSummary, listContainers } from "../../image/engine/engine-container.ts";
import { loadFromHolder } from "../../image/engine/load-source.ts";
import { type DeliveryMeans, openDestination, toolLoadCommand } from "../../image/open-destination.ts";
import type { Credentials } from "../../image/registry/credentials.ts";
import { registryClient } from "../../image/registry/registry.ts";
import { sourcesOver } from "../../image/source/open-source.ts";
import { nodesWithoutEngine, recogniseTarget, type Target } from "../../image/target.ts";
import { ahead } from "../../std/async/ahead.ts";
import { systemClock } from "../../std/clock.ts";
import type { OpenScratch } from "../../store/scratch.ts";
import { must } from "../../tool/process/run.ts";

export interface DeliveryOptions {
  readonly engine: Engine;
  readonly credentials: Credentials;
  readonly insecureRegistries: readonly string[];
  /** The cluster that will start the images; undefined where there is none. */
  cluster(): Promise<Cluster | undefined>;
  /** `--push`, else `build.local.push`; undefined: decided by the cluster. */
  readonly push: boolean | undefined;
  /**
   * Whether no build needs the engine: where the engine cannot be reached, images then go into the nodes through the
   * cluster itself. Default: it is needed.
   */
  readonly engineless?: boolean;
  /** The secret for the password of the loopback push target; the same at every start. */
  readonly secret: string;
  readonly scratch: OpenScratch;
  readonly notice: Notice;
}

/** Opens the destination of images, see `deliveryTarget`. */
export async function openDelivery(
  target: Target,
  options: DeliveryOptions,
  signal: AbortSignal,
): Promise<Destination> {
  const { engine, credentials, insecureRegistries, secret, scratch, notice } = options;
  const registry = registryClient(credentials, insecureRegistries, systemClock);
  const sources = sourcesOver(registry);
  const cluster = target.kind === "nodes" && target.way === "cluster" ? await options.cluster() : undefined;
  const means: DeliveryMeans = {
    engine,
    credentials,
    secret,
    scratch,
    notice,
    registry,
    sources,
    ...(cluster ? { intoNodes: () => nodePods(cluster) } : {}),
    toolLoad: (target) => async (image, during) => {
      await loadFromHolder(engine, sources, image, [image.name], during);
      const [binary = "", ...args] = toolLoadCommand(target, image.name);
      await must({ argv: [binary, ...args] }, during);
    },
  };
  return openDestination(target, means, signal);
}

/** Decides where the images must be. Opens nothing, so that a command can do other work before. */
export async function deliveryTarget(
  options: Pick<DeliveryOptions, "engine" | "cluster" | "push" | "engineless">,
  signal: AbortSignal,
): Promise<Target> {
  const { engine, push } = options;
  if (push === true) return { kind: "registry", why: "pushing is asked for" };
  // The engine is asked while the kubeconfig is read.
  const containers = listContainers(engine, [], signal);
  ahead(containers);
  const cluster = await options.cluster();
  const found: Target = cluster
    ? await recognised(options, cluster, containers, signal)
    : { kind: "registry", why: "no cluster is known" };
  if (found.kind !== "registry" || push === undefined) return found;
  return {
    kind: "shared-engine",
    id: "engine:local",
    label: "the local engine",
    why: "push is off, and the cluster is none of this machine's engine",
  };
}

/** Lists the nodes only where the published port does not decide. */
async function recognised(
  { engine, engineless = false }: Pick<DeliveryOptions, "engine" | "engineless">,
  cluster: Cluster,
  containers: Promise<readonly ContainerSummary[]>,
  signal: AbortSignal,
): Promise<Target> {
  const nodes = async () => {
    const listed = await clusterNodes(cluster, signal).catch((thrown) => {
      // A user with rights in one namespace may not list nodes; clusters of such users take images from a registry.
      if (signal.aborted || !(thrown instanceof Failure)) throw thrown;
      return undefined;
    });
    return listed?.map(({ name, providerID, runtime }) => ({ name, providerId: providerID, runtime }));
  };
  const running = await containers.catch((thrown: unknown) => {
    if (!engineless || signal.aborted || !(thrown instanceof Failure)) throw thrown;
    return undefined;
  });
  if (running) return recogniseTarget(engine, cluster.endpoint, nodes, signal, running);
  const remote: Target = { kind: "registry", why: "no engine answers, and it is no kind cluster of this machine" };
  return (await nodesWithoutEngine(engine, cluster.endpoint, (await nodes()) ?? [])) ?? remote;
}
