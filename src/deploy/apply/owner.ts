/**
 * The owner mark: one label on the object itself, which is everything that devloop adds in the cluster. It is stable,
 * so it never rolls a workload, and it never enters a pod template. It says to which project and user the object
 * belongs, and whether devloop created it or found it: a found object is never deleted.
 * The ledger's entry for this very object decides first; without one, the mark on the object does, so that ownership
 * can be told without any local state. A mark on a copied object does not count: managedFields show who set a label.
 * Pure.
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

/** Project and user: 16 hex digits. */
export type Owner = Digest<"owner">;

export const ownerLabel = "devloop.dev/owner";
const foundEnding = ".found";

/**
 * @param project the project's stable identity
 * @param user the user's name or number on this machine
 */
export function ownerOf(project: string, user: string): Owner {
  return sha256<"owner">(`${project}\n${user}`).slice(0, 16) as Owner;
}

/** The ownership of a live object. `ours`: devloop created it for this project and user. */
export type Ownership = "ours" | "ours-found" | "foreign" | "none";

/**
 * @param entry the ledger's entry for the object's name
 * @param former owners whose ledger was taken over: their marks count as the owner's
 */
export function ownershipOf(live: KubeObject, owner: Owner, entry?: Entry, former: readonly Owner[] = []): Ownership {
  const mark = live.metadata.labels?.[ownerLabel];
  const marks = [owner, ...former].flatMap((one) => [one, one + foundEnding]);
  if (mark !== undefined && !marks.includes(mark)) return "foreign";
  if (entry !== undefined && entry.state !== "creating" && entry.uid === live.metadata.uid)
    return entry.state === "created" ? "ours" : "ours-found";
  if (mark === undefined) return "none";
  return !mark.endsWith(foundEnding) && isSetByUs(live) ? "ours" : "ours-found";
}

/** Whether an apply of devloop's set the label: a copied object has the label too, but from another manager. */
function isSetByUs(live: KubeObject): boolean {
  return managerEntries(live).some(
    ({ manager, operation, fieldsV1 }) =>
      (manager === defaultManager || (operation === "Apply" && manager !== "kubectl")) && holds(fieldsV1, labelPath),
  );
}

const labelPath = ["f:metadata", "f:labels", `f:${ownerLabel}`];

/** The object with its mark, which depends on the live object with its name. */
export function marked(
  object: KubeObject,
  live: KubeObject | undefined,
  owner: Owner,
  entry?: Entry,
  former?: readonly Owner[],
): KubeObject {
  const created = live === undefined || ownershipOf(live, owner, entry, former) === "ours";
  const { metadata } = object;
  const labels = { ...metadata.labels, [ownerLabel]: created ? owner : owner + foundEnding };
  return { ...object, metadata: { ...metadata, labels } };
}

/** @throws Failure for an object of another project or user */
export function refuseForeign(live: KubeObject, owner: Owner, at: Diagnostic["at"], former?: readonly Owner[]): void {
  if (ownershipOf(live, owner, undefined, former) !== "foreign") return;
  throw new Failure({
    severity: "error",
    message: `${nameOf(refOf(live))} belongs to another devloop project or user (owner ${live.metadata.labels?.[ownerLabel]})`,
    suggestion: "deploy to another namespace, or take it over with --adopt",
    ...(at === undefined ? {} : { at }),
  });
}
