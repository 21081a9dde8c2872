/**
 * The namespace of an object. Its own namespace counts, unless `-n` names another: then devloop stops, as kubectl does.
 * An object without one gets the target namespace. Objects of cluster-scoped kinds have none.
 */

import type { Cluster, KubeObject } from "../../cluster/cluster.ts";
import { ApiError } from "../../cluster/connect/api-error.ts";
import { builtinKind } from "../../cluster/objects/builtin-kinds.ts";
import { kindOf, refOf } from "../../cluster/objects/resources.ts";
import { Failure } from "../../diag/failure.ts";
import { nameOf } from "../../diag/object-name.ts";
import { kindId } from "./object-id.ts";
import type { Manifest } from "./read-manifest.ts";

export interface Placement {
  /** The value of `-n`; undefined where it is absent. */
  readonly forced: string | undefined;
  /** For objects without a namespace. */
  readonly target: string;
}

/** Whether objects of a kind have namespaces; undefined where that is not known. */
export type Scopes = (of: { readonly apiVersion: string; readonly kind: string }) => boolean | undefined;

/**
 * The scopes that are known without a cluster: kinds that every cluster serves, and kinds that the objects themselves
 * define.
 */
export function knownScopes(objects: readonly KubeObject[]): Scopes {
  const defined = new Map<string, boolean>();
  for (const object of objects) {
    if (object.kind !== "CustomResourceDefinition") continue;
    const { group, names, scope } = (object.spec ?? {}) as {
      group?: string;
      names?: { kind?: string };
      scope?: string;
    };
    if (group && names?.kind) defined.set(`${group}/${names.kind}`, scope !== "Cluster");
  }
  return (of) => builtinKind(of.apiVersion, of.kind)?.namespaced ?? defined.get(kindId(of));
}

/** As `knownScopes`; for other kinds the cluster is asked. A kind that it does not know stays unknown. */
export async function askedScopes(
  cluster: Cluster,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<Scopes> {
  const known = knownScopes(objects);
  const unknown = new Map(
    objects.filter((object) => known(object) === undefined).map((object) => [kindId(object), object]),
  );
  const asked = new Map<string, boolean>();
  await Promise.all(
    [...unknown].map(async ([id, { apiVersion, kind }]) => {
      try {
        asked.set(id, (await kindOf(cluster, apiVersion, kind, signal)).namespaced);
      } catch (thrown) {
        if (!(thrown instanceof ApiError) || thrown.code !== 404) throw thrown;
      }
    }),
  );
  return (of) => known(of) ?? asked.get(kindId(of));
}

/**
 * Every object with its namespace.
 * @throws Failure with one diagnostic for each object whose own namespace is not the one of `-n`
 */
export function placed(manifests: readonly Manifest[], { forced, target }: Placement, scopes: Scopes): Manifest[] {
  const complaints = manifests
    .filter(({ object }) => {
      const own = object.metadata.namespace;
      return forced !== undefined && own !== undefined && own !== forced && scopes(object) !== false;
    })
    .map(({ object, at }) => ({
      severity: "error" as const,
      at,
      message: `${nameOf(refOf(object), object.metadata.namespace)} is for the namespace ${object.metadata.namespace}, but --namespace says ${forced}`,
      suggestion: `take the namespace out of the manifest, or deploy with --namespace=${object.metadata.namespace}`,
    }));
  const [first, ...more] = complaints;
  if (first) throw new Failure(first, ...more);
  return manifests.map(({ object, at, namespace }) => ({
    at,
    object: inNamespace(object, forced ?? namespace ?? target, scopes(object)),
  }));
}

function inNamespace(object: KubeObject, target: string, namespaced: boolean | undefined): KubeObject {
  const { namespace, ...metadata } = object.metadata;
  // An unknown kind is probably a namespaced one; otherwise the server refuses the object.
  if (namespaced === false) return namespace === undefined ? object : { ...object, metadata };
  return namespace ? object : { ...object, metadata: { ...metadata, namespace: target } };
}
