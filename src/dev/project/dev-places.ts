/**
 * The places of a project for a session: contexts that lead to the same objects (the same namespace of the same
 * cluster) are one place, so that no file is synced, no pod followed and no port forwarded twice.
 */
import type { Module } from "../../config/project.ts";
import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import {
  cleanersOf,
  type DeployedObject,
  type Deployer,
  deletionOf,
  deployedBy,
  type Outputs,
} from "../../phase/deploy/deployer.ts";
import { sha256 } from "../../std/data/digest.ts";
import type { EnteredPlace } from "./places.ts";

/** One context that modules of the project deploy to. */
export interface ProjectContext {
  /** The suffix of its task ids; undefined where the project has only this context. */
  readonly scope: string | undefined;
  readonly modules: readonly Module[];
  readonly deployers: readonly Deployer[];
  target(): Promise<DeployTarget>;
}

export interface SessionPlace extends EnteredPlace {
  readonly scopes: readonly (string | undefined)[];
  readonly modules: readonly Module[];
  /** The objects that a pass brought there; undefined where the pass did not come to know them. */
  deployed(outputs: Outputs): readonly DeployedObject[] | undefined;
}

/** @param targets of the contexts, in order */
export function sessionPlaces(
  contexts: readonly ProjectContext[],
  targets: readonly DeployTarget[],
): readonly SessionPlace[] {
  const pairs = targets.flatMap((target, i) => {
    const context = contexts[i];
    return context === undefined ? [] : [{ target, context }];
  });
  const groups = Map.groupBy(pairs, ({ target: { clusterId, namespace } }) => `${clusterId} ${namespace}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const all = group.map(({ context }) => context);
    const deployers = all.flatMap((context) => context.deployers);
    return {
      target: first.target,
      scopes: all.map(({ scope }) => scope),
      modules: all.flatMap(({ modules }) => modules),
      cleaners: cleanersOf(deployers),
      deletion: deletionOf(deployers),
      deployed: (outputs: Outputs) => deployedBy(deployers, outputs),
    };
  });
}

/** Names of the overlay documents of one place, by image: `overlay/<project>/<cluster>/<namespace>/<image>`. */
export function overlayNames(
  identity: string,
  { clusterId, namespace }: Pick<DeployTarget, "clusterId" | "namespace">,
): (image: string) => string {
  const overlays = `overlay/${sha256(identity).slice(0, 32)}/${clusterId}/${namespace}`;
  return (image) => `${overlays}/${image.replaceAll("/", "%2F")}`;
}

export function namespacesOf(objects: readonly DeployedObject[]): string[] {
  return [...new Set(objects.flatMap(({ object }) => object.metadata.namespace ?? []))];
}
