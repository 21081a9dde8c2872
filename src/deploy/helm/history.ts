/**
 * The releases in a cluster, without starting helm: the newest revision of each, from the labels of the Secrets or
 * ConfigMaps that helm writes for each revision. One LIST of names and labels per namespace.
 */
import type { Cluster } from "../../cluster/cluster.ts";
import { requestJson } from "../../cluster/connect/request.ts";

export interface Revision {
  readonly revision: number;
  /** Helm's status: `deployed`, `failed`, `pending-install`, `uninstalling`, ... */
  readonly status: string;
  /** Uid of the record: another uid under the same number belongs to another release. */
  readonly uid: string;
}

export interface History {
  /** The newest revision, whatever its status. */
  readonly newest: Revision;
  /** The newest deployed revision; absent where there never was one. */
  readonly deployed?: Revision;
}

/** `HELM_DRIVER`: where helm keeps its records. Only helm itself can read records in a database. */
export type HelmDriver = "secret" | "configmap" | "other";

export function driverOf(env: Readonly<Record<string, string | undefined>>): HelmDriver {
  const word = env.HELM_DRIVER ?? "";
  if (word === "" || word === "secret" || word === "secrets") return "secret";
  return word === "configmap" || word === "configmaps" ? "configmap" : "other";
}

interface Listed {
  /** Null where there are none. */
  readonly items:
    | readonly { readonly metadata: { readonly uid: string; readonly labels?: Readonly<Record<string, string>> } }[]
    | null;
}

const metadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/**
 * Releases of a namespace by name.
 * @throws ApiError where the records may not be listed
 */
export async function histories(
  cluster: Cluster,
  namespace: string,
  driver: Exclude<HelmDriver, "other">,
  signal: AbortSignal,
): Promise<Readonly<Record<string, History>>> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${driver}s`;
  const query = { labelSelector: "owner=helm" };
  const action = `cannot list the releases in the namespace ${namespace}`;
  const { items } = await requestJson<Listed>(cluster, path, { query, accept: metadataOnly, signal }, action);
  const all = new Map<string, Revision[]>();
  for (const { metadata } of items ?? []) {
    const { name, status, version } = metadata.labels ?? {};
    if (name === undefined || status === undefined) continue;
    const revision = { revision: Number(version), status, uid: metadata.uid };
    all.set(name, [...(all.get(name) ?? []), revision]);
  }
  return Object.fromEntries([...all].map(([name, revisions]) => [name, historyOf(revisions)] as const));
}

/** @param revisions of one release, never empty */
export function historyOf(revisions: readonly Revision[]): History {
  const sorted = [...revisions].sort((a, b) => b.revision - a.revision);
  const deployed = sorted.find(({ status }) => status === "deployed");
  return { newest: sorted[0] as Revision, ...(deployed === undefined ? {} : { deployed }) };
}

/** Helm's name for the record of a revision. */
export function recordName(release: string, revision: number): string {
  return `sh.helm.release.v1.${release}.v${revision}`;
}
