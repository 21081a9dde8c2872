/**
 * One entry of the ledger, and its changes by each kind of event. Several processes may write about one object, so an
 * edit gets the entry as it is on the disk and not as its process remembers it. Pure.
 * An entry also names the module of the project that the object is for, so that a clean-up of some modules leaves the
 * others alone.
 * For one uid, found stays found and is never deleted, and created stays created. An entry is not replaced by a mere
 * intent.
 */
import type { ObjectRef } from "../../cluster/cluster.ts";
import { canonical, type Json, type JsonRecord } from "../../std/data/json.ts";
import type { Prior } from "../apply/prior.ts";
import { objectId } from "../manifests/object-id.ts";

/**
 * The object or thing of an entry, and the module that wants it. Absent fields are unknown, as in entries of earlier
 * versions; an entry without a `thing` is about an object of the cluster.
 */
export type Subject = ObjectRef & Partial<Thing> & { readonly module?: string | undefined };

/** A thing that a deployer made and that is no object: the clean-up gives its entry to the cleaner of that kind. */
export interface Thing {
  /** The deployer's name for the kind of thing: `release`, `container`. */
  readonly thing: string;
  /** Data for its cleaner, such as the revision that a release had before. No secrets. */
  readonly detail: JsonRecord;
}

interface Noted extends Partial<Thing> {
  /** For a thing: `v1`, and the kind, name and namespace that people know. */
  readonly ref: ObjectRef;
  readonly module?: string;
  /** Higher is later. */
  readonly order: number;
}

export type Entry = Noted &
  (
    | { /** About to be created; whether it was is not known. */ readonly state: "creating" }
    | { readonly state: "created"; readonly uid: string }
    | ({ readonly state: "changed" } & Changed)
  );

/** An object that existed before devloop: its prior fields, and the field manager of devloop's changes. */
export interface Changed {
  readonly uid: string;
  readonly manager: string;
  readonly prior: readonly Prior[];
}

/** Whether an entry is for one of the modules; undefined stands for all of the project and for unknown modules. */
export function isFor(entry: Entry | undefined, modules: ReadonlySet<string> | undefined): boolean {
  return modules === undefined || (entry?.module !== undefined && modules.has(entry.module));
}

/** The key of an entry: an object and a thing of the same name have different ones. */
export function entryId({ thing, ...ref }: ObjectRef & { readonly thing?: string | undefined }): string {
  return thing === undefined ? objectId(ref) : `${thing}:${objectId(ref)}`;
}

/** The entry after the edit; `next` is a number of order later than all entries. */
export type Edit = (entry: Entry | undefined, next: number) => Entry | undefined;

export const edits = {
  /** Moved to the end even where it stays unchanged, so that a process that read it before does not remove it now. */
  creating:
    (subject: Subject): Edit =>
    (entry, next) => ({ ...(entry ?? { state: "creating" }), ...noted(subject, entry), order: next }),

  created:
    (subject: Subject, uid: string): Edit =>
    (entry, next) => {
      if (entry?.state === "changed" && entry.uid === uid) return { ...entry, ...noted(subject, entry) };
      const goesOn = entry?.state === "creating" || (entry?.state === "created" && entry.uid === uid);
      return { ...noted(subject, entry), order: goesOn ? entry.order : next, state: "created", uid };
    },

  changed:
    (subject: Subject, changed: Changed): Edit =>
    (entry, next) =>
      entry?.state === "created" && entry.uid === changed.uid
        ? { ...entry, ...noted(subject, entry) }
        : { ...noted(subject, entry), order: next, state: "changed", ...changed },

  /** Of another ledger, whose objects are taken over. An entry here for the very object stays. */
  taken:
    (seen: Entry): Edit =>
    (entry, next) =>
      entry !== undefined && (seen.state === "creating" || uidOf(entry) === uidOf(seen))
        ? entry
        : { ...seen, order: next },

  /** Removes the entry only where it is unchanged since it was read. */
  forget:
    (seen: Entry): Edit =>
    (entry) =>
      entry !== undefined && same(entry, seen) ? undefined : entry,
};

/** The entry is for the last module that wanted the object. */
function noted(subject: Subject, entry: Entry | undefined): Omit<Noted, "order"> {
  const { apiVersion, kind, name, namespace, module = entry?.module, thing, detail } = subject;
  return {
    ref: { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) },
    ...(module === undefined ? {} : { module }),
    ...(thing === undefined ? {} : { thing }),
    ...(detail === undefined ? {} : { detail }),
  };
}

function uidOf(entry: Entry): string | undefined {
  return entry.state === "creating" ? undefined : entry.uid;
}

function same(a: Entry, b: Entry): boolean {
  return canonical(a as unknown as Json) === canonical(b as unknown as Json);
}
