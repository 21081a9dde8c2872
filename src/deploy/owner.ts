/**
 * The owner mark: one label on the object itself, the only thing of devloop's in the cluster. It is stable, so it never
 * rolls a workload, and it never enters a pod template. It says whose object this is (project and user) and whether
 * devloop created it or found it there: what was found is never deleted.
 *
 * The mark that an object has decides which one it gets, so that no state of ours is needed to tell. Pure.
 */
import type { KubeObject } from "../cluster/cluster.ts";
import { nameOf } from "../cluster/object-name.ts";
import { refOf } from "../cluster/resources.ts";
import type { Diagnostic } from "../diag/diagnostic.ts";
import { Failure } from "../diag/failure.ts";
import { type Digest, sha256 } from "../std/digest.ts";

/** Which project, and whose: 16 hex digits. */
export type Owner = Digest<"owner">;

export const ownerLabel = "devloop.dev/owner";
const foundEnding = ".found";

/** @param project the project's stable identity; `user` as the machine knows them */
export function ownerOf(project: string, user: string): Owner {
  return sha256<"owner">(`${project}\n${user}`).slice(0, 16) as Owner;
}

/** What the mark of a live object says. */
export type Ownership = "ours" | "ours-found" | "foreign" | "none";

export function ownershipOf(live: KubeObject, owner: Owner): Ownership {
  const mark = live.metadata.labels?.[ownerLabel];
  if (mark === undefined) return "none";
  if (mark === owner) return "ours";
  return mark === owner + foundEnding ? "ours-found" : "foreign";
}

/** The object with the mark that it gets, given what is live under its name. */
export function marked(object: KubeObject, live: KubeObject | undefined, owner: Owner): KubeObject {
  const created = live === undefined || ownershipOf(live, owner) === "ours";
  const { metadata } = object;
  const labels = { ...metadata.labels, [ownerLabel]: created ? owner : owner + foundEnding };
  return { ...object, metadata: { ...metadata, labels } };
}

/** Stops at an object of another project or user. @throws Failure */
export function refuseForeign(live: KubeObject, owner: Owner, at: Diagnostic["at"]): void {
  if (ownershipOf(live, owner) !== "foreign") return;
  throw new Failure({
    severity: "error",
    message: `${nameOf(refOf(live))} belongs to another devloop project or user (owner ${live.metadata.labels?.[ownerLabel]})`,
    suggestion: "deploy to another namespace, or take it over with --adopt",
    ...(at === undefined ? {} : { at }),
  });
}
