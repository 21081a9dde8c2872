/**
 * One entry of the ledger, and what each thing that happens makes of it. Several processes may write about one object,
 * so an edit never trusts what its own process remembers: it is given the entry as it is on the disk. Pure.
 *
 * What is known of a uid is not turned into its opposite: what was found stays found and is never deleted, what was
 * created stays created. What was once written about an object is not given up for a mere intent.
 */
import type { ObjectRef } from "../cluster/cluster.ts";
import { canonical, type Json } from "../std/json.ts";
import type { Prior } from "./prior.ts";

export type Entry = { readonly ref: ObjectRef /** Higher is later. */; readonly order: number } & (
  | { /** About to be created; whether it was is not known. */ readonly state: "creating" }
  | { readonly state: "created"; readonly uid: string }
  | ({ readonly state: "changed" } & Changed)
);

/** An object that was there before us: what it was like, and the field manager of our changes. */
export interface Changed {
  readonly uid: string;
  readonly manager: string;
  readonly prior: readonly Prior[];
}

/** The entry after it; `next` is the order of what is later than everything. */
export type Edit = (entry: Entry | undefined, next: number) => Entry | undefined;

export const edits = {
  /** Moved to the end even where it stays, so that who read it before does not forget it now. */
  creating:
    (ref: ObjectRef): Edit =>
    (entry, next) => ({ ...(entry ?? { ref: bare(ref), state: "creating" }), order: next }),

  created:
    (ref: ObjectRef, uid: string): Edit =>
    (entry, next) => {
      if (entry?.state === "changed" && entry.uid === uid) return entry;
      const goesOn = entry?.state === "creating" || (entry?.state === "created" && entry.uid === uid);
      return { ref: bare(ref), order: goesOn ? entry.order : next, state: "created", uid };
    },

  changed:
    (ref: ObjectRef, changed: Changed): Edit =>
    (entry, next) =>
      entry?.state === "created" && entry.uid === changed.uid
        ? entry
        : { ref: bare(ref), order: next, state: "changed", ...changed },

  /** Only what was looked at: whoever wrote of the object since did so for a reason. */
  forget:
    (seen: Entry): Edit =>
    (entry) =>
      entry !== undefined && same(entry, seen) ? undefined : entry,
};

function bare({ apiVersion, kind, name, namespace }: ObjectRef): ObjectRef {
  return { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

function same(a: Entry, b: Entry): boolean {
  return canonical(a as unknown as Json) === canonical(b as unknown as Json);
}
