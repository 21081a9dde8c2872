/**
 * What devloop created or changed for a project in a cluster and namespace, in whatever run. It belongs to these three,
 * not to a session: the next one goes on with it, a crash loses nothing of it.
 *
 * An intent is written before a create and the uid after, so that a crash in between leaves a name to look for. Prior
 * fields of what was there before are kept readable for the user alone. Writes that come together share one document
 * write, and each is an edit of the document as it is then, so that two processes do not undo each other's entries.
 */
import type { ObjectRef } from "../cluster/cluster.ts";
import { systemClock } from "../std/clock.ts";
import { type Digest, sha256 } from "../std/digest.ts";
import type { Json } from "../std/json.ts";
import { objectId } from "./object-id.ts";
import type { Prior } from "./prior.ts";

/** The part of the store that a ledger needs. */
export interface LedgerDocuments {
  read(name: string): Promise<Json | undefined>;
  write(name: string, value: Json, options?: { readonly mode?: number }): Promise<void>;
  remove(name: string): Promise<void>;
  list(prefix: string): Promise<readonly string[]>;
}

/** Whose ledger: the project's stable identity, the cluster's (never its context's name), the target namespace. */
export interface LedgerIdentity {
  readonly project: string;
  readonly cluster: string;
  readonly namespace: string;
}

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

type What =
  | { readonly state: "creating" }
  | { readonly state: "created"; readonly uid: string }
  | ({ readonly state: "changed" } & Changed);

interface Content {
  readonly version: 1;
  readonly identity: LedgerIdentity;
  readonly entries: readonly Entry[];
}

const longestBreathMs = 100;

export class Ledger {
  readonly #documents: LedgerDocuments;
  readonly #identity: LedgerIdentity;
  readonly #name: string;
  readonly #entries: Map<string, Entry>;
  #last: number;
  #pending = new Map<string, Entry | undefined>();
  #next: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #breathMs = 0;

  private constructor(documents: LedgerDocuments, identity: LedgerIdentity, entries: Map<string, Entry>) {
    this.#documents = documents;
    this.#identity = identity;
    this.#name = ledgerName(identity);
    this.#entries = entries;
    this.#last = Math.max(0, ...[...entries.values()].map(({ order }) => order));
  }

  /** The ledger as it was left; empty where there is none. */
  static async open(documents: LedgerDocuments, identity: LedgerIdentity): Promise<Ledger> {
    return new Ledger(documents, identity, await readEntries(documents, ledgerName(identity)));
  }

  /** Newest first. */
  entries(): readonly Entry[] {
    return [...this.#entries.values()].sort((a, b) => b.order - a.order);
  }

  get(ref: ObjectRef): Entry | undefined {
    return this.#entries.get(objectId(ref));
  }

  /** Resolves when it is on the disk: only then may the object be created. */
  creating(ref: ObjectRef): Promise<void> {
    return this.#set(ref, { state: "creating" });
  }

  created(ref: ObjectRef, uid: string): Promise<void> {
    return this.#set(ref, { state: "created", uid });
  }

  /** Resolves when it is on the disk: only then may the object be changed. */
  changed(ref: ObjectRef, changed: Changed): Promise<void> {
    return this.#set(ref, { state: "changed", ...changed });
  }

  /** The object is gone, or no longer ours to care for. */
  forget(ref: ObjectRef): Promise<void> {
    return this.#edit(objectId(ref), undefined);
  }

  #set(ref: ObjectRef, what: What): Promise<void> {
    const id = objectId(ref);
    const known = this.#entries.get(id);
    const { apiVersion, kind, name, namespace } = ref;
    const bare: ObjectRef = { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
    const order = known && isSame(known, what) ? known.order : ++this.#last;
    return this.#edit(id, { ref: bare, order, ...what });
  }

  #edit(id: string, entry: Entry | undefined): Promise<void> {
    edit(this.#entries, id, entry);
    this.#pending.set(id, entry);
    this.#next ??= this.#flush();
    return this.#next;
  }

  /**
   * Waits for the write before it, then writes everything that came meanwhile at once. Large ledgers take a breath of
   * twice the last write's time, so that a thousand objects do not mean a thousand writes.
   */
  async #flush(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await systemClock.sleep(this.#breathMs);
    const edits = this.#pending;
    this.#pending = new Map();
    this.#next = undefined;
    const began = systemClock.now();
    this.#writing = this.#write(edits);
    await this.#writing;
    this.#breathMs = Math.min(longestBreathMs, 2 * (systemClock.now() - began));
  }

  async #write(edits: ReadonlyMap<string, Entry | undefined>): Promise<void> {
    const entries = await readEntries(this.#documents, this.#name);
    for (const [id, entry] of edits) edit(entries, id, entry);
    if (entries.size === 0) return this.#documents.remove(this.#name);
    const content: Content = { version: 1, identity: this.#identity, entries: [...entries.values()] };
    await this.#documents.write(this.#name, content as unknown as Json, { mode: 0o600 });
  }
}

/** Ledgers of the project, wherever it was deployed to, that still hold something. */
export async function ledgersOf(
  documents: LedgerDocuments,
  project: string,
): Promise<readonly (LedgerIdentity & { readonly objects: number })[]> {
  const names = await documents.list(`ledger/${projectWord(project)}/`);
  const contents = await Promise.all(names.map((name) => documents.read(name)));
  return contents.flatMap((content) => {
    const read = asContent(content);
    return read && read.entries.length > 0 ? [{ ...read.identity, objects: read.entries.length }] : [];
  });
}

function ledgerName({ project, cluster, namespace }: LedgerIdentity): string {
  return `ledger/${projectWord(project)}/${cluster}/${namespace}`;
}

function projectWord(project: string): Digest<"project"> {
  return sha256<"project">(project).slice(0, 32) as Digest<"project">;
}

async function readEntries(documents: LedgerDocuments, name: string): Promise<Map<string, Entry>> {
  const content = asContent(await documents.read(name));
  return new Map((content?.entries ?? []).map((entry) => [objectId(entry.ref), entry]));
}

/** What an older or newer devloop wrote in another shape counts as nothing: it is never guessed at. */
function asContent(value: Json | undefined): Content | undefined {
  const content = value as Partial<Content> | null | undefined;
  return content?.version === 1 && Array.isArray(content.entries) ? (content as Content) : undefined;
}

function edit(entries: Map<string, Entry>, id: string, entry: Entry | undefined): void {
  if (entry === undefined) entries.delete(id);
  else entries.set(id, entry);
}

/** Whether an entry goes on: another object under the same name is a later one. */
function isSame(known: Entry, what: What): boolean {
  return known.state === "creating" || what.state === "creating" || known.uid === what.uid;
}
