/**
 * All objects in a namespace, of every kind, as metadata only. Kinds that cannot be read are listed, so that a missing
 * answer is not mistaken for an empty one. Events and metrics are left out, because deleting them loses nothing.
 */
import { Failure } from "../../diag/failure.ts";
import { inParallel } from "../../std/async/parallel.ts";
import type { Cluster, KubeObject } from "../cluster.ts";
import { ApiError } from "../connect/api-error.ts";
import { requestJson } from "../connect/request.ts";
import { isObject } from "./objects.ts";

export interface NamespaceContents {
  readonly objects: readonly KubeObject[];
  /** Kinds that could not be read, with the reason. */
  readonly unreadable: readonly string[];
}

interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
}

interface Discovery {
  readonly kind: string;
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly scope: string;
        readonly verbs: readonly string[];
        readonly responseKind?: { readonly kind: string };
      }[];
    }[];
  }[];
}

interface Page {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly { readonly metadata: KubeObject["metadata"] }[] | null;
}

const aggregated = ["v2", "v2beta1"]
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(",");
const metadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
const passing = ["Event", "PodMetrics"];
const pageSize = 500;
/** Most objects of one kind. */
const mostObjects = 200_000;
const atOnce = 8;

export async function namespaceContents(
  cluster: Cluster,
  namespace: string,
  signal: AbortSignal,
): Promise<NamespaceContents> {
  const resources = await listable(cluster, signal);
  if (resources === undefined) return { objects: [], unreadable: ["this API server does not tell which kinds it has"] };
  const objects: KubeObject[] = [];
  const unreadable: string[] = [];
  const one = async (resource: Resource, during: AbortSignal) => {
    try {
      objects.push(...(await list(cluster, resource, namespace, during)));
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      // A kind that is no longer served, or cannot be listed, has no objects.
      if (thrown.code !== 404 && thrown.code !== 405) unreadable.push(`${resource.kind}: ${thrown.message}`);
    }
  };
  await inParallel(resources, atOnce, one, signal);
  return { objects, unreadable };
}

/** Namespaced kinds, each in one version; undefined where the server is too old to list them in one request. */
async function listable(cluster: Cluster, signal: AbortSignal): Promise<readonly Resource[] | undefined> {
  const found = new Map<string, Resource>();
  for (const path of ["/api", "/apis"]) {
    const options = { accept: `${aggregated},application/json`, signal };
    const answer = await requestJson<Discovery>(cluster, path, options, "cannot ask for the cluster's kinds");
    if (answer.kind !== "APIGroupDiscoveryList") return undefined;
    for (const group of answer.items ?? []) {
      const name = group.metadata?.name ?? "";
      for (const { version, resources } of group.versions) {
        for (const { resource, scope, verbs, responseKind } of resources ?? []) {
          const kind = responseKind?.kind ?? "";
          const key = `${name}/${resource}`;
          if (scope !== "Namespaced" || !verbs.includes("list") || passing.includes(kind) || found.has(key)) continue;
          found.set(key, { apiVersion: name === "" ? version : `${name}/${version}`, kind, plural: resource });
        }
      }
    }
  }
  return [...found.values()];
}

async function list(
  cluster: Cluster,
  { apiVersion, kind, plural }: Resource,
  namespace: string,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const path = `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
  const items: KubeObject[] = [];
  let from: string | undefined;
  do {
    const query = { limit: String(pageSize), continue: from };
    const action = `cannot list ${kind} objects in ${namespace}`;
    const page = await requestJson<Page>(cluster, path, { query, accept: metadataOnly, signal }, action);
    // An entry without uid is no stored object: aggregated servers compute such lists.
    const found: unknown = page.items ?? [];
    if (!Array.isArray(found) || !found.every(isObject))
      throw new Failure(`${action}: the answer is no list of objects`);
    for (const { metadata } of found) if (metadata.uid) items.push({ apiVersion, kind, metadata });
    from = page.metadata?.continue || undefined;
    if (items.length > mostObjects) throw new Failure(`${action}: there are more than ${mostObjects}`);
  } while (from !== undefined);
  return items;
}
