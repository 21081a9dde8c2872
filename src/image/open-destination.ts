/** Opens the destination of images for a kind of cluster: the one list of destinations. */
import { Failure } from "../diag/failure.ts";
import { unreachable } from "../std/unreachable.ts";
import type { OpenScratch } from "../store/scratch.ts";
import type { Destination, Notice } from "./destination.ts";
import type { Engine } from "./engine/engine.ts";
import { sharedEngineDestination } from "./engine/shared-engine.ts";
import { openNodeBy } from "./node/node.ts";
import type { NodeShell } from "./node/node-shell.ts";
import { openNodesBy, openNodesDestination, type ToolLoad } from "./node/nodes.ts";
import type { Sender } from "./node/send.ts";
import { deltaSender } from "./node/send-delta.ts";
import { fullSender, goneImage } from "./node/send-full.ts";
import { sourceSender } from "./node/send-source.ts";
import type { Credentials } from "./registry/credentials.ts";
import type { Registry } from "./registry/registry.ts";
import { registryDestination } from "./registry/registry-push.ts";
import type { Sources } from "./source/open-source.ts";
import type { NodesTarget, Target } from "./target.ts";

/** The means to make destinations; the caller gives everything that does I/O. */
export interface DeliveryMeans {
  readonly engine: Engine;
  readonly registry: Registry;
  readonly credentials: Credentials;
  /** Loads an image by the cluster's own tool, where nothing else works. */
  readonly toolLoad?: (target: NodesTarget) => ToolLoad;
  readonly notice: Notice;
  /** Opens shells on nodes through their cluster, for a target whose nodes are not containers of the engine. */
  readonly intoNodes?: () => IntoNodes;
  /** Reads images that are not in the engine. */
  readonly sources: Sources;
  /** The secret for the password of the loopback push target; the same at every start. */
  readonly secret: string;
  /** Private files for layers that are too large for the memory. */
  readonly scratch: OpenScratch;
}

/** Shells on nodes by the nodes' names; disposing ends their connections. */
export interface IntoNodes extends AsyncDisposable {
  open(node: string, signal: AbortSignal): Promise<NodeShell>;
}

/** Opens the destination; for nodes this connects to each of them. The caller disposes it. */
export async function openDestination(target: Target, means: DeliveryMeans, signal: AbortSignal): Promise<Destination> {
  const { engine, registry, credentials, notice, sources } = means;
  switch (target.kind) {
    case "registry":
      return registryDestination(engine, registry, credentials, notice, means);
    case "shared-engine":
      return sharedEngineDestination(engine, target, sources);
    case "nodes": {
      if (target.way === "cluster") return nodesThroughCluster(target, means, signal);
      const sender = sourceSender(sources, deltaSender({ ...means, full: fullSender(engine) }));
      return openNodesDestination(engine, target, sender, means.toolLoad?.(target), notice, signal);
    }
    default:
      return unreachable(target);
  }
}

/** The nodes as a destination where no engine answers: only images that can be read without one are sent. */
async function nodesThroughCluster(
  target: NodesTarget,
  { sources, intoNodes, notice }: DeliveryMeans,
  signal: AbortSignal,
): Promise<Destination> {
  if (intoNodes === undefined) throw new Failure(`there is no way into the nodes of the ${target.label}`);
  await using stack = new AsyncDisposableStack();
  const way = stack.use(intoNodes());
  notice(`no engine answers: the nodes of the ${target.label} are reached by a pod on each of them`);
  const none: Sender = {
    send: async (image) => {
      throw goneImage(image);
    },
    [Symbol.asyncDispose]: async () => {},
  };
  const open = (node: NodesTarget["nodes"][number]) =>
    openNodeBy((during) => way.open(node.name, during), node.container, node.name, signal);
  const nodes = await openNodesBy(open, target, sourceSender(sources, none), undefined, notice);
  const owned = stack.move();
  return {
    ...nodes,
    async [Symbol.asyncDispose]() {
      await nodes[Symbol.asyncDispose]();
      await owned.disposeAsync();
    },
  };
}

/** The command that loads an image of the engine into every node of a cluster, by the cluster's own tool. */
export function toolLoadCommand(target: NodesTarget, name: string): readonly string[] {
  switch (target.tool) {
    case "kind":
      return ["kind", "load", "docker-image", name, "--name", target.cluster];
    case "k3d":
      return ["k3d", "image", "import", name, "--cluster", target.cluster];
    case "minikube":
      return ["minikube", "image", "load", name, "--profile", target.cluster];
    default:
      return unreachable(target.tool);
  }
}
