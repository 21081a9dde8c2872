/**
 * The owner mark: one label on the object itself, the only thing of devloop's in the cluster. It is stable, so it never
 * rolls a workload, and it never enters a pod template. It says whose object this is (project and user) and whether
 * devloop created it or found it there: what was found is never deleted.
 *
 * What the ledger knows of this very object decides first; without it, the mark that the object has, so that no state of
 * ours is needed to tell. A mark that came with a copy is none: the server knows who set a label. Pure.
 */

import type { KubeObject } from "../../cluster/cluster.ts";
import { defaultManager } from "../../cluster/objects/apply.ts";
import { holds, managerEntries } from "../../cluster/objects/managed-fields.ts";
import { refOf } from "../../cluster/objects/resources.ts";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { Failure } from "../../diag/failure.ts";
import { nameOf } from "../../diag/object-name.ts";
import { type Digest, sha256 } from "../../std/data/digest.ts";
import type { Entry } from "../ledger/ledger-entry.ts";

/** Which project, and whose: 16 hex digits. */
export type Owner = Digest<"owner">;

export const ownerLabel = "devloop.dev/owner";
const foundEnding = ".found";

/** @param project the project's stable identity; `user` as the machine knows them */
export function ownerOf(project: string, user: string): Owner {
  return sha256<"owner">(`${project}\n${user}`).slice(0, 16) as Owner;
}

/** What a live object is to us. `ours`: devloop created it for this project and user. */
export type Ownership = "ours" | "ours-found" | "foreign" | "none";

/** @param entry what the ledger has under the object's name */
export function ownershipOf(live: KubeObject, owner: Owner, entry?: Entry): Ownership {
  const mark = live.metadata.labels?.[ownerLabel];
  if (mark !== undefined && mark !== owner && mark !== owner + foundEnding) return "foreign";
  if (entry !== undefined && entry.state !== "creating" && entry.uid === live.metadata.uid)
    return entry.state === "created" ? "ours" : "ours-found";
  if (mark === undefined) return "none";
  return mark === owner && isSetByUs(live) ? "ours" : "ours-found";
}

/** Whoever copies an object copies its labels, but sets them with a hand of their own. */
function isSetByUs(live: KubeObject): boolean {
  return managerEntries(live).some(
    ({ manager, operation, fieldsV1 }) =>
      (manager === defaultManager || (operation === "Apply" && manager !== "kubectl")) && holds(fieldsV1, labelPath),
  );
}

const labelPath = ["f:metadata", "f:labels", `f:${ownerLabel}`];

/** The object with the mark that it gets, given what is live under its name. */
export function marked(object: KubeObject, live: KubeObject | undefined, owner: Owner, entry?: Entry): KubeObject {
  const created = live === undefined || ownershipOf(live, owner, entry) === "ours";
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
