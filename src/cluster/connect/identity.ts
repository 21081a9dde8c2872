/**
 * The identity of a cluster, independent of its context's name: the uid of the kube-system namespace, which no other
 * cluster has and no rename changes. Also the nodes, as far as delivery needs them.
 */
import { sha256 } from "../../std/data/digest.ts";
import type { Cluster, KubeObject } from "../cluster.ts";
import { ApiError } from "./api-error.ts";
import { requestJson } from "./request.ts";

export interface ClusterNode {
  readonly name: string;
  readonly uid: string;
  /** Such as `kind://docker/name/name-control-plane`; empty where the provider sets none. */
  readonly providerID: string;
  readonly architecture: string;
  /** Such as `containerd://1.7.24`: the runtime that images are delivered to. */
  readonly runtime: string;
}

/** A stable id. Where the namespace may not be read, a digest of the server's address and authority replaces it. */
export async function clusterId(cluster: Cluster, signal: AbortSignal): Promise<string> {
  try {
    const path = "/api/v1/namespaces/kube-system";
    const namespace = await requestJson<KubeObject>(cluster, path, { signal }, "cannot tell which cluster this is");
    if (namespace.metadata.uid) return namespace.metadata.uid;
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || (thrown.code !== 403 && thrown.code !== 404)) throw thrown;
  }
  return `server-${sha256(`${cluster.endpoint.url}\n${cluster.endpoint.authority ?? ""}`).slice(0, 32)}`;
}

/** @throws ApiError where nodes may not be listed: users with rights in one namespace often may not */
export async function clusterNodes(cluster: Cluster, signal: AbortSignal): Promise<readonly ClusterNode[]> {
  const list = await requestJson<{ items: readonly KubeObject[] }>(
    cluster,
    "/api/v1/nodes",
    { signal },
    "cannot list the nodes",
  );
  return list.items.map((node) => ({
    name: node.metadata.name,
    uid: node.metadata.uid ?? "",
    providerID: node.spec?.providerID ?? "",
    architecture: node.status?.nodeInfo?.architecture ?? "",
    runtime: node.status?.nodeInfo?.containerRuntimeVersion ?? "",
  }));
}
