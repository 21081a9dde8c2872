/**
 * The place of a kind in the API: its plural, its scope, its path. Built-in kinds need no request; other groups are
 * requested once per connection and remembered. For a missing kind the group is requested again, because its definition
 * may have been applied a moment ago.
 */
import { systemClock } from "../../std/clock.ts";
import { closest } from "../../std/text/edit-distance.ts";
import type { Cluster, KubeObject, ObjectRef } from "../cluster.ts";
import { ApiError } from "../connect/api-error.ts";
import { requestJson } from "../connect/request.ts";
import { builtinKind } from "./builtin-kinds.ts";

export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Whether the kind has a status that a controller writes; absent for built-in kinds, which are not requested. */
  readonly reportsStatus?: boolean;
}

interface ApiResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

type Served = Promise<ReadonlyMap<string, Kind>>;
const known = new WeakMap<Cluster, Map<string, Served>>();
const againMs = 250;

/**
 * The kind as the cluster serves it. With `waitMs`, repeats the request for that long while the kind is not served yet.
 * @throws ApiError with the code 404 and the reason `NotServed` where the cluster does not serve it
 */
export async function kindOf(
  cluster: Cluster,
  apiVersion: string,
  kind: string,
  signal: AbortSignal,
  waitMs = 0,
): Promise<Kind> {
  const builtin = builtinKind(apiVersion, kind);
  if (builtin) return { apiVersion, kind, ...builtin };
  const deadline = systemClock.now() + waitMs;
  for (let anew = false; ; anew = true) {
    signal.throwIfAborted();
    const served = await servedKinds(cluster, apiVersion, anew);
    const found = served.get(kind);
    if (found) return found;
    // A remembered group may be older than the kind, so only a new request proves that the kind is not served.
    if (!anew) continue;
    if (systemClock.now() >= deadline) throw notServed(apiVersion, kind, served);
    await systemClock.sleep(againMs, signal);
  }
}

/**
 * `/apis/apps/v1/namespaces/shop/deployments/web`; without a name, the collection; without a namespace, all of them.
 */
export function pathOf(kind: Kind, namespace?: string, name?: string, subresource?: string): string {
  const root = kind.apiVersion.includes("/") ? `/apis/${kind.apiVersion}` : `/api/${kind.apiVersion}`;
  const scope = kind.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  const object = name === undefined ? "" : `/${encodeURIComponent(name)}`;
  return `${root}${scope}/${kind.plural}${object}${subresource === undefined ? "" : `/${subresource}`}`;
}

/** Path of one object. A namespaced object without a namespace is in the connection's namespace. */
export async function objectPath(cluster: Cluster, ref: ObjectRef, signal: AbortSignal, waitMs = 0): Promise<string> {
  const kind = await kindOf(cluster, ref.apiVersion, ref.kind, signal, waitMs);
  return pathOf(kind, ref.namespace ?? cluster.namespace, ref.name);
}

export function refOf(object: KubeObject): ObjectRef {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, name: metadata.name, ...(metadata.namespace ? { namespace: metadata.namespace } : {}) };
}

/** Has no signal of a caller, because the answer is shared and one caller's cancellation must not end it for others. */
function servedKinds(cluster: Cluster, apiVersion: string, anew: boolean): Served {
  const groups = known.get(cluster) ?? new Map<string, Served>();
  known.set(cluster, groups);
  const remembered = anew ? undefined : groups.get(apiVersion);
  if (remembered) return remembered;
  const asked = ask(cluster, apiVersion);
  groups.set(apiVersion, asked);
  asked.catch(() => groups.get(apiVersion) === asked && groups.delete(apiVersion));
  return asked;
}

async function ask(cluster: Cluster, apiVersion: string): Served {
  const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  try {
    const list = await requestJson<ApiResourceList>(cluster, path, {}, `cannot ask for the kinds of ${apiVersion}`);
    const whole = list.resources.filter((resource) => !resource.name.includes("/"));
    const names = new Set(list.resources.map(({ name }) => name));
    return new Map(
      whole.map(({ name, kind, namespaced }) => {
        const reportsStatus = names.has(`${name}/status`);
        return [kind, { apiVersion, kind, plural: name, namespaced, reportsStatus }];
      }),
    );
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.code === 404) return new Map();
    throw thrown;
  }
}

function notServed(apiVersion: string, kind: string, served: ReadonlyMap<string, Kind>): ApiError {
  const near = closest(kind, served.keys());
  const status = { code: 404, reason: "NotServed", message: "the cluster does not serve this kind" };
  const suggestion = near ? `did you mean ${near}?` : "is its custom resource definition installed?";
  return new ApiError(status, 404, `${kind} of ${apiVersion}`, suggestion);
}
