/**
 * The record of what devloop created or changed for a project in a cluster and namespace, over all runs. It does not
 * belong to a session: the next session continues it, a crash does not lose it, and several processes share it.
 * An intent is written before a create and the uid after it, so that a crash in between leaves a name to look for.
 * Prior fields are readable for the user alone. Simultaneous writes share one edit of the document, which is applied to
 * the entries on the disk, under the store's lock. `ledger-entry.ts` decides what an edit does to an entry.
 */
import type { ObjectRef } from "../../cluster/cluster.ts";
import { Failure } from "../../diag/failure.ts";
import { abortable } from "../../std/async/abortable.ts";
import { systemClock } from "../../std/clock.ts";
import { type Digest, sha256 } from "../../std/data/digest.ts";
import type { Json } from "../../std/data/json.ts";
import type { Owner } from "../apply/owner.ts";
import { type Changed, type Edit, type Entry, edits, entryId, type Subject } from "./ledger-entry.ts";

export type { Changed, Entry } from "./ledger-entry.ts";

/** The part of the store that a ledger needs. */
export interface LedgerDocuments {
  read(name: string): Promise<Json | undefined>;
  edit(name: string, change: (value: Json | undefined) => Json | undefined, signal?: AbortSignal): Promise<void>;
  list(prefix: string): Promise<readonly string[]>;
}

/**
 * The identity of a ledger: the project's stable identity, the cluster's (never its context's name), the target
 * namespace.
 */
export interface LedgerIdentity {
  readonly project: string;
  readonly cluster: string;
  readonly namespace: string;
}

interface Content {
  readonly version: 1;
  readonly identity: LedgerIdentity;
  readonly entries: readonly Entry[];
}

type Entries = Map<string, Entry>;

/** An edit that is not on the disk yet. Once its signal is aborted, it need not be written. */
interface Pending {
  readonly id: string;
  readonly edit: Edit;
  readonly signal: AbortSignal | undefined;
}

const longestBreathMs = 100;

export class Ledger {
  readonly #documents: LedgerDocuments;
  readonly #identity: LedgerIdentity;
  readonly #name: string;
  #entries: Entries;
  #last: number;
  #pending: Pending[] = [];
  #next: Promise<void> | undefined;
  #look: Promise<void> | undefined;
  #turn: Promise<void> = Promise.resolve();
  #breathMs = 0;
  #formerOwners: readonly Owner[] = [];

  private constructor(documents: LedgerDocuments, identity: LedgerIdentity, entries: Entries) {
    this.#documents = documents;
    this.#identity = identity;
    this.#name = ledgerName(identity);
    this.#entries = entries;
    this.#last = lastOf(entries);
  }

  /**
   * Opens the ledger; an absent one is empty.
   * @throws Failure for an unreadable one
   */
  static async open(documents: LedgerDocuments, identity: LedgerIdentity): Promise<Ledger> {
    return new Ledger(documents, identity, entriesOf(await documents.read(ledgerName(identity))));
  }

  /** Newest first, as this process knows them. */
  entries(): readonly Entry[] {
    return [...this.#entries.values()].sort((a, b) => b.order - a.order);
  }

  /** The entry of an object, or of a thing of a deployer. */
  get(subject: ObjectRef & { readonly thing?: string | undefined }): Entry | undefined {
    return this.#entries.get(entryId(subject));
  }

  /** Reads the entries of other processes. */
  refresh(): Promise<void> {
    this.#look ??= this.#inTurn(async () => {
      this.#look = undefined;
      this.#take(entriesOf(await this.#documents.read(this.#name)));
    });
    return this.#look;
  }

  /**
   * Resolves when the intent is on the disk: only then may the object be created.
   * @returns the entry for the object: an existing one stays
   */
  async creating(subject: Subject, signal?: AbortSignal): Promise<Entry | undefined> {
    await this.#edit(subject, edits.creating(subject), signal);
    return this.get(subject);
  }

  /** Has no signal, because the object exists and must be recorded. */
  created(subject: Subject, uid: string): Promise<void> {
    return this.#edit(subject, edits.created(subject, uid), undefined);
  }

  /** Resolves when the entry is on the disk: only then may the object be changed. */
  changed(subject: Subject, changed: Changed, signal?: AbortSignal): Promise<void> {
    return this.#edit(subject, edits.changed(subject, changed), signal);
  }

  /**
   * Removes the entry of an object that is gone or belongs to another owner. An entry that was written again since
   * stays.
   */
  forget(entry: Entry, signal?: AbortSignal): Promise<void> {
    return this.#edit({ ...entry.ref, thing: entry.thing }, edits.forget(entry), signal);
  }

  /** Owners whose ledgers were taken over by this one, in this process. */
  get formerOwners(): readonly Owner[] {
    return this.#formerOwners;
  }

  /**
   * Takes over what another ledger of the same place holds: the project had another name. Objects may bear the marks of
   * the former owner until they are applied again. Resolves when both ledgers are on the disk.
   */
  async takeOver(from: Ledger, owner: Owner): Promise<void> {
    this.#formerOwners = [...new Set([...this.#formerOwners, ...from.formerOwners, owner])];
    await from.refresh();
    const entries = from.entries().toReversed();
    const taken = entries.map((entry) =>
      this.#edit({ ...entry.ref, thing: entry.thing }, edits.taken(entry), undefined),
    );
    await Promise.all(taken);
    await Promise.all(entries.map((entry) => from.forget(entry)));
  }

  #edit(
    subject: ObjectRef & { readonly thing?: string | undefined },
    edit: Edit,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const one: Pending = { id: entryId(subject), edit, signal };
    this.#pending.push(one);
    this.#last = apply(this.#entries, [one], this.#last);
    this.#next ??= this.#flush();
    return signal ? abortable(this.#next, signal) : this.#next;
  }

  /**
   * Waits for the previous write, then writes everything that came meanwhile at once. For large ledgers it also pauses
   * for twice the time of the last write, so that a thousand objects do not cause a thousand writes.
   */
  #flush(): Promise<void> {
    return this.#inTurn(async () => {
      await systemClock.sleep(this.#breathMs);
      const batch = this.#pending;
      this.#pending = [];
      this.#next = undefined;
      const began = performance.now();
      const write = (value: Json | undefined) => {
        const entries = entriesOf(value);
        apply(entries, batch, lastOf(entries));
        this.#take(entries);
        if (entries.size === 0) return undefined;
        const content: Content = { version: 1, identity: this.#identity, entries: [...entries.values()] };
        return content as unknown as Json;
      };
      const unwanted = allAborted(batch.map(({ signal }) => signal));
      try {
        await this.#documents.edit(this.#name, write, unwanted);
      } catch (thrown) {
        // An edit that was not written is undone in memory, too.
        if (unwanted?.aborted) this.#take(entriesOf(await this.#documents.read(this.#name)));
        throw thrown;
      }
      this.#breathMs = Math.min(longestBreathMs, 2 * (performance.now() - began));
    });
  }

  /** Takes the entries of the disk, with the edits that are not written yet. */
  #take(entries: Entries): void {
    this.#entries = new Map(entries);
    this.#last = apply(this.#entries, this.#pending, lastOf(entries));
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

/** Aborted once every one of the signals is; undefined where an edit has no signal, so that it must be written. */
function allAborted(signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  if (signals.includes(undefined)) return undefined;
  const all = new AbortController();
  const look = () => {
    if (signals.every((signal) => signal?.aborted)) all.abort(signals[0]?.reason);
  };
  for (const signal of new Set(signals)) signal?.addEventListener("abort", look, { once: true, signal: all.signal });
  look();
  return all.signal;
}

/** Ledgers of the project, in any cluster and namespace, that still have entries. */
export async function ledgersOf(
  documents: LedgerDocuments,
  project: string,
): Promise<readonly (LedgerIdentity & { readonly objects: number })[]> {
  const names = await documents.list(`ledger/${projectWord(project)}/`);
  const contents = await Promise.all(names.map((name) => documents.read(name)));
  return contents.flatMap((content) => {
    const read = contentOf(content);
    return read && read.entries.length > 0 ? [{ ...read.identity, objects: read.entries.length }] : [];
  });
}

/** Objects of all projects of this user in a cluster; things of deployers are left out. */
export async function objectsIn(documents: LedgerDocuments, cluster: string): Promise<readonly ObjectRef[]> {
  const contents = await Promise.all((await documents.list("ledger/")).map((name) => documents.read(name)));
  return contents.flatMap((content) => {
    const read = contentOf(content);
    if (read?.identity.cluster !== cluster) return [];
    return read.entries.filter(({ thing }) => thing === undefined).map(({ ref }) => ref);
  });
}

/** The places whose ledgers have things of a kind for the project. */
export async function placesOfThings(
  documents: LedgerDocuments,
  project: string,
  thing: string,
): Promise<readonly LedgerIdentity[]> {
  const names = await documents.list(`ledger/${projectWord(project)}/`);
  const contents = await Promise.all(names.map(async (name) => contentOf(await documents.read(name))));
  return contents.flatMap((read) => (read?.entries.some((entry) => entry.thing === thing) ? [read.identity] : []));
}

function ledgerName({ project, cluster, namespace }: LedgerIdentity): string {
  return `ledger/${projectWord(project)}/${cluster}/${namespace}`;
}

function projectWord(project: string): Digest<"project"> {
  return sha256<"project">(project).slice(0, 32) as Digest<"project">;
}

function entriesOf(value: Json | undefined): Entries {
  return new Map(
    (contentOf(value)?.entries ?? []).map((entry) => [entryId({ ...entry.ref, thing: entry.thing }), entry]),
  );
}

/** @throws Failure for another shape, because treating it as empty would overwrite it */
function contentOf(value: Json | undefined): Content | undefined {
  if (value === undefined) return undefined;
  const content = value as Partial<Content> | null;
  if (content?.version === 1 && Array.isArray(content.entries)) return content as Content;
  throw new Failure({
    severity: "error",
    message: "what devloop created in the cluster was noted by another version of devloop, which this one cannot read",
    suggestion: "use that version, or set DEVLOOP_HOME to another folder",
  });
}

function lastOf(entries: Entries): number {
  return Math.max(0, ...[...entries.values()].map(({ order }) => order));
}

/** @returns the order of the latest entry afterwards */
function apply(entries: Entries, batch: readonly { readonly id: string; readonly edit: Edit }[], last: number): number {
  for (const { id, edit } of batch) {
    const after = edit(entries.get(id), last + 1);
    if (after === undefined) entries.delete(id);
    else entries.set(id, after);
    last = Math.max(last, after?.order ?? 0);
  }
  return last;
}
