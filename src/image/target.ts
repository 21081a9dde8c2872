/**
 * Where a cluster's images must be, judged by what the cluster *is*: the container that publishes its API server, its
 * nodes' provider ids, or an engine that is a node. The name of a kubeconfig context is never used, because it is
 * arbitrary.
 * An unrecognised cluster is remote, and its images are pushed. A published port counts only where the server's address
 * leads to it; where another program might listen there, the names of the nodes must confirm it.
 */
import { abortable } from "../std/async/abortable.ts";
import { type Engine, info } from "./engine/engine.ts";
import { type ContainerSummary, listContainers } from "./engine/engine-container.ts";
import { type Leads, leadsTo, leadsToEngine, type Resolve } from "./engine/engine-place.ts";

export interface NodesTarget {
  readonly kind: "nodes";
  readonly id: string;
  readonly label: string;
  /** The program that manages the cluster, and the cluster's name there, for a fallback load. */
  readonly tool: "kind" | "k3d" | "minikube";
  readonly cluster: string;
  readonly nodes: readonly { readonly name: string; readonly container: string }[];
  /** How the nodes are entered: through the engine that runs them, or through the cluster itself. */
  readonly way: "engine" | "cluster";
  /** By what the cluster was recognised, for people and `why`. */
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

/** The fields of a Kubernetes Node object that are used. */
export interface ClusterNode {
  readonly name: string;
  readonly providerId?: string;
  /** `status.nodeInfo.containerRuntimeVersion`, such as `containerd://1.7.24`. */
  readonly runtime?: string;
}

/** The address of a cluster's API server, from its kubeconfig. */
export interface ApiServer {
  readonly url: string;
  /** The proxy of every request: the address is then resolved by the proxy. */
  readonly proxy?: string;
}

interface Family {
  readonly tool: NodesTarget["tool"];
  /** Label that every container of the family has; its value is the cluster's name unless `name` is another label. */
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
 * Recognises the cluster whose API server is `server`.
 * @param nodes called only where the published port does not decide; undefined: they cannot be listed
 * @param containers all containers that run on the engine
 * @throws Failure when the engine cannot be reached; what `nodes` throws
 */
export async function recogniseTarget(
  engine: Engine,
  server: ApiServer,
  nodes: () => Promise<readonly ClusterNode[] | undefined>,
  signal: AbortSignal,
  containers?: readonly ContainerSummary[],
  resolve?: Resolve,
): Promise<Target> {
  // One request without a filter is quicker than one for each family.
  const all = containers ?? (await listContainers(engine, [], signal));
  const host = new URL(server.url).hostname.replace(/^\[|\]$/g, "");
  // A name may take long to look up.
  const found = await abortable(publisherOf(engine, server, host, all, resolve), signal);
  if (found?.leads === "surely") return nodesTarget(found, all, undefined);
  const known = await nodes();
  if (found !== undefined && isConfirmed(found, all, known)) return nodesTarget(found, all, known);
  const byProvider = clusterByProvider(known ?? [], all);
  if (byProvider !== undefined) return nodesTarget(byProvider, all, known);
  return sharedOrRemote(engine, server, host, known ?? [], signal, resolve);
}

interface Found {
  readonly family: Family;
  readonly cluster: string;
  readonly why: string;
}

async function publisherOf(
  { endpoint }: Engine,
  server: ApiServer,
  host: string,
  all: readonly ContainerSummary[],
  resolve: Resolve | undefined,
): Promise<(Found & { readonly leads: Leads }) | undefined> {
  const url = new URL(server.url);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  for (const family of families)
    for (const container of all) {
      const cluster = family.label in container.labels ? container.labels[family.name] : undefined;
      if (!cluster) continue;
      for (const { address } of container.ports.filter(({ hostPort }) => hostPort === port)) {
        const leads = server.proxy ? "unproven" : await leadsTo(endpoint, address, host, resolve);
        const why = `its API server is published by the container ${container.name} (label ${family.label})`;
        if (leads !== "no") return { family, cluster, why, leads };
      }
    }
  return undefined;
}

/** Whether the cluster's nodes are the family's containers; where they cannot be listed, the address decides. */
function isConfirmed(
  found: Found & { readonly leads: Leads },
  all: readonly ContainerSummary[],
  nodes: readonly ClusterNode[] | undefined,
): boolean {
  if (nodes === undefined) return found.leads === "likely";
  return members(found, all).some(({ name }) => nodes.some((node) => node.name === name));
}

/** The nodes' containers. */
function members({ family, cluster }: Found, all: readonly ContainerSummary[]): readonly ContainerSummary[] {
  return all.filter((c) => family.label in c.labels && c.labels[family.name] === cluster && family.isNode(c));
}

function nodesTarget(
  found: Found,
  all: readonly ContainerSummary[],
  known: readonly ClusterNode[] | undefined,
): Target {
  const { family, cluster, why } = found;
  if (family.tool === "minikube" && known?.some((n) => n.runtime?.startsWith("docker://")))
    return {
      kind: "registry",
      why: `minikube ${cluster} has an engine of its own, which DOCKER_HOST does not point to (minikube docker-env does)`,
    };
  const containers = members(found, all);
  const nodes = containers.map((c) => ({ name: c.name, container: c.name })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const count = nodes.length === 1 ? "1 node" : `${nodes.length} nodes`;
  const label = `${family.tool} cluster ${JSON.stringify(cluster)} (${count})`;
  const ids = containers.map((c) => c.id.slice(0, 12));
  const id = `nodes:${ids.sort().join("+")}`;
  return { kind: "nodes", id, label, tool: family.tool, cluster, nodes, way: "engine", why };
}

/**
 * The nodes of a kind cluster on this machine, recognised without its engine: by the address of its server and by its
 * Node objects. Undefined for any other cluster.
 */
export async function nodesWithoutEngine(
  { endpoint }: Engine,
  server: ApiServer,
  nodes: readonly ClusterNode[],
  resolve?: Resolve,
): Promise<NodesTarget | undefined> {
  const host = new URL(server.url).hostname.replace(/^\[|\]$/g, "");
  if (server.proxy || !(await leadsToEngine(endpoint, host, resolve))) return undefined;
  const clusters = new Set(nodes.map(({ providerId }) => providerOf(providerId)?.cluster));
  const [cluster] = clusters;
  if (cluster === undefined || clusters.size !== 1 || !nodes.every((n) => n.runtime?.startsWith("containerd://")))
    return undefined;
  const names = nodes.map(({ name }) => ({ name, container: name })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const count = names.length === 1 ? "1 node" : `${names.length} nodes`;
  return {
    kind: "nodes",
    id: `nodes:kind/${names.map(({ name }) => name).join("+")}`,
    label: `kind cluster ${JSON.stringify(cluster)} (${count})`,
    tool: "kind",
    cluster,
    nodes: names,
    way: "cluster",
    why: `its nodes' provider ids name the kind cluster ${cluster}, whose engine does not answer`,
  };
}

async function sharedOrRemote(
  engine: Engine,
  server: ApiServer,
  host: string,
  nodes: readonly ClusterNode[],
  signal: AbortSignal,
  resolve: Resolve | undefined,
): Promise<Target> {
  const remote: RegistryTarget = { kind: "registry", why: "it is no cluster of this machine's Docker engine" };
  if (nodes.length !== 1 || !nodes.every((n) => n.runtime?.startsWith("docker://"))) return remote;
  // Every Docker Desktop has the same node name, so the address must lead to this engine.
  if (server.proxy || !(await abortable(leadsToEngine(engine.endpoint, host, resolve), signal))) return remote;
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

/** The cluster in `kind://docker/CLUSTER/NODE`, where such a container runs on this engine. */
function clusterByProvider(nodes: readonly ClusterNode[], all: readonly ContainerSummary[]): Found | undefined {
  const family = families.find(({ tool }) => tool === "kind");
  if (family === undefined) return undefined;
  for (const { providerId } of nodes) {
    const { cluster, node } = providerOf(providerId) ?? {};
    if (cluster && all.some((c) => c.name === node && c.labels[family.label] === cluster))
      return { family, cluster, why: `its nodes' provider ids name the kind cluster ${cluster}` };
  }
  return undefined;
}

function providerOf(providerId = ""): { readonly cluster: string; readonly node: string } | undefined {
  const [, cluster, node] = /^kind:\/\/docker\/([^/]+)\/([^/]+)$/.exec(providerId) ?? [];
  return cluster && node ? { cluster, node } : undefined;
}
