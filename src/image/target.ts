/**
 * Where a cluster's images have to be, found from what the cluster *is*: the container that publishes its API server,
 * its nodes' provider ids, or an engine that is a node. Never from the name of a kubeconfig context: names are free.
 *
 * Anything that is not recognised is remote, and its images are pushed.
 */
import { type Engine, info } from "./engine.ts";
import { type ContainerSummary, listContainers } from "./engine-container.ts";

export interface NodesTarget {
  readonly kind: "nodes";
  readonly id: string;
  readonly label: string;
  /** The program that manages the cluster, and its name there: what a fallback load is run with. */
  readonly tool: "kind" | "k3d" | "minikube";
  readonly cluster: string;
  readonly nodes: readonly { readonly name: string; readonly container: string }[];
  /** For people and `why`: what it was recognised by. */
  readonly why: string;
}

export interface SharedTarget {
  readonly kind: "shared-engine";
  readonly id: string;
  readonly label: string;
  readonly why: string;
}

export interface RegistryTarget {
  readonly kind: "registry";
  readonly why: string;
}

export type Target = NodesTarget | SharedTarget | RegistryTarget;

/** What is read of a Kubernetes Node object. */
export interface ClusterNode {
  readonly name: string;
  readonly providerId?: string;
  /** `status.nodeInfo.containerRuntimeVersion`, such as `containerd://1.7.24`. */
  readonly runtime?: string;
}

interface Family {
  readonly tool: NodesTarget["tool"];
  /** Label that every container of the family carries; its value is the cluster's name unless `name` is another. */
  readonly label: string;
  readonly name: string;
  readonly isNode: (container: ContainerSummary) => boolean;
}

const families: readonly Family[] = [
  {
    tool: "kind",
    label: "io.x-k8s.kind.cluster",
    name: "io.x-k8s.kind.cluster",
    isNode: (c) => c.labels["io.x-k8s.kind.role"] !== "external-load-balancer",
  },
  {
    tool: "k3d",
    label: "k3d.cluster",
    name: "k3d.cluster",
    isNode: (c) => ["server", "agent"].includes(c.labels["k3d.role"] ?? ""),
  },
  {
    tool: "minikube",
    label: "name.minikube.sigs.k8s.io",
    name: "name.minikube.sigs.k8s.io",
    isNode: () => true,
  },
];

/**
 * Recognises the cluster whose API server is at `server` (its URL in the kubeconfig). `nodes` may be empty where they
 * are not known yet: then only the published port decides. `containers` are all that run on the engine.
 * @throws Failure when the engine cannot be reached.
 */
export async function recogniseTarget(
  engine: Engine,
  server: string,
  nodes: readonly ClusterNode[],
  signal: AbortSignal,
  containers?: readonly ContainerSummary[],
): Promise<Target> {
  // One question without a filter is answered sooner than one for each family.
  const all = containers ?? (await listContainers(engine, [], signal));
  for (const family of families) {
    const members = all.filter(({ labels }) => family.label in labels);
    const publisher = members.find((c) => publishes(c, server));
    const cluster = publisher?.labels[family.name] ?? (family.tool === "kind" ? clusterByProvider(nodes, members) : "");
    if (!cluster) continue;
    const why = publisher
      ? `its API server is published by the container ${publisher.name} (label ${family.label})`
      : `its nodes' provider ids name the kind cluster ${cluster}`;
    return nodesTarget(family, cluster, members, nodes, why);
  }
  return sharedOrRemote(engine, nodes, signal);
}

function nodesTarget(
  family: Family,
  cluster: string,
  members: readonly ContainerSummary[],
  known: readonly ClusterNode[],
  why: string,
): Target {
  if (family.tool === "minikube" && known.some((n) => n.runtime?.startsWith("docker://")))
    return {
      kind: "registry",
      why: `minikube ${cluster} has an engine of its own, which DOCKER_HOST does not point to (minikube docker-env does)`,
    };
  const nodes = members
    .filter((c) => c.labels[family.name] === cluster && family.isNode(c))
    .map((c) => ({ name: c.name, container: c.name }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const count = nodes.length === 1 ? "1 node" : `${nodes.length} nodes`;
  const label = `${family.tool} cluster ${JSON.stringify(cluster)} (${count})`;
  const ids = members.filter((c) => nodes.some((n) => n.container === c.name)).map((c) => c.id.slice(0, 12));
  return { kind: "nodes", id: `nodes:${ids.sort().join("+")}`, label, tool: family.tool, cluster, nodes, why };
}

async function sharedOrRemote(engine: Engine, nodes: readonly ClusterNode[], signal: AbortSignal): Promise<Target> {
  const remote: RegistryTarget = { kind: "registry", why: "it is no cluster of this machine's Docker engine" };
  if (nodes.length !== 1 || !nodes.every((n) => n.runtime?.startsWith("docker://"))) return remote;
  const [node] = nodes;
  const facts = await info(engine, signal);
  const desktops: Readonly<Record<string, string>> = { "Docker Desktop": "docker-desktop", OrbStack: "orbstack" };
  const isNode = node?.name === facts.name || node?.name === desktops[facts.operatingSystem];
  if (!isNode) return remote;
  return {
    kind: "shared-engine",
    id: `engine:${facts.id}`,
    label: `the engine of the node ${node?.name}`,
    why: `its only node ${node?.name} runs on the Docker engine ${facts.name} (${facts.operatingSystem})`,
  };
}

/** `kind://docker/CLUSTER/NODE`, counted only where such a container runs on this engine. */
function clusterByProvider(nodes: readonly ClusterNode[], members: readonly ContainerSummary[]): string {
  for (const { providerId } of nodes) {
    const [, cluster, node] = /^kind:\/\/docker\/([^/]+)\/([^/]+)$/.exec(providerId ?? "") ?? [];
    if (cluster && members.some((c) => c.name === node && c.labels["io.x-k8s.kind.cluster"] === cluster))
      return cluster;
  }
  return "";
}

function publishes(container: ContainerSummary, server: string): boolean {
  const url = new URL(server);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return container.ports.some((p) => p.hostPort === port && sameAddress(p.address, host));
}

function sameAddress(published: string, host: string): boolean {
  if (published === host || published === "0.0.0.0" || published === "::") return true;
  return isLoopback(published) && isLoopback(host);
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.endsWith(".localhost") || /^127\.\d+\.\d+\.\d+$/.test(host);
}
