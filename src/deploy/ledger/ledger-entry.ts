/**
 * One entry of the ledger, and what each thing that happens makes of it. Several processes may write about one object,
 * so an edit never trusts what its own process remembers: it is given the entry as it is on the disk. Pure.
 *
 * An entry also says which module of the project it is for, so that a clean-up of some leaves the others alone.
 *
 * What is known of a uid is not turned into its opposite: what was found stays found and is never deleted, what was
 * created stays created. What was once written about an object is not given up for a mere intent.
 */
import type { ObjectRef } from "../../cluster/cluster.ts";
import { canonical, type Json, type JsonRecord } from "../../std/data/json.ts";
import type { Prior } from "../apply/prior.ts";
import { objectId } from "../manifests/object-id.ts";

/**
 * What an entry is about, and the module that wants it. Absent fields are unknown, as in what earlier versions wrote; an
 * entry without a `thing` is about an object of the cluster.
 */
export type Subject = ObjectRef & Partial<Thing> & { readonly module?: string | undefined };

/** Something other than an object that a deployer made: the clean-up gives its entry to the cleaner of that kind. */
export interface Thing {
  /** `release`, `container`: a word of the deployer. */
  readonly thing: string;
  /** What its cleaner has to know, such as the revision that a release had before. No secrets. */
  readonly detail: JsonRecord;
}

interface Noted extends Partial<Thing> {
  /** Of a thing: `v1`, and the kind, name and namespace that people know it by. */
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

/** An object that was there before us: what it was like, and the field manager of our changes. */
export interface Changed {
  readonly uid: string;
  readonly manager: string;
  readonly prior: readonly Prior[];
}

/** Whether an entry is for one of the modules; undefined: all of the project, and whatever is not known. */
export function isFor(entry: Entry | undefined, modules: ReadonlySet<string> | undefined): boolean {
  return modules === undefined || (entry?.module !== undefined && modules.has(entry.module));
}

/** What an entry is filed under: an object and a thing of the same name are two. */
export function entryId({ thing, ...ref }: ObjectRef & { readonly thing?: string | undefined }): string {
  return thing === undefined ? objectId(ref) : `${thing}:${objectId(ref)}`;
}

/** The entry after it; `next` is the order of what is later than everything. */
export type Edit = (entry: Entry | undefined, next: number) => Entry | undefined;

export const edits = {
  /** Moved to the end even where it stays, so that who read it before does not forget it now. */
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

  /** Only what was looked at: whoever wrote of the object since did so for a reason. */
  forget:
    (seen: Entry): Edit =>
    (entry) =>
      entry !== undefined && same(entry, seen) ? undefined : entry,
};

/** The last module that wanted the object is the one that it is for. */
function noted(subject: Subject, entry: Entry | undefined): Omit<Noted, "order"> {
  const { apiVersion, kind, name, namespace, module = entry?.module, thing, detail } = subject;
  return {
    ref: { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) },
    ...(module === undefined ? {} : { module }),
    ...(thing === undefined ? {} : { thing }),
    ...(detail === undefined ? {} : { detail }),
  };
}

function same(a: Entry, b: Entry): boolean {
  return canonical(a as unknown as Json) === canonical(b as unknown as Json);
}
