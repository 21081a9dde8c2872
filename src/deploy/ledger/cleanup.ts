/**
 * Clean-up by the ledger: deletes what devloop created for the project there, newest first, each object by its uid, and
 * undoes changes of objects that existed before. Definitions and namespaces come last, and only when no foreign object
 * would be deleted with them (`cleanup-holders.ts`). Waits until the objects are gone and names the pods that still
 * end.
 * Every object is read first: one that another project has taken over is left to that project. An object that cannot be
 * cleaned up does not stop the others; it stays in the ledger for the next time. A ledger that cannot be written does
 * not stop the clean-up either: its outdated entries are found gone later.
 */

import type { Cluster, KubeObject, ObjectRef } from "../../cluster/cluster.ts";
import { Unreachable } from "../../cluster/connect/api-error.ts";
import { type Deletion, deleteObject, getObject } from "../../cluster/objects/objects.ts";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { diagnosticsOf, Failure } from "../../diag/failure.ts";
import { nameOf } from "../../diag/object-name.ts";
import type { Event } from "../../event/event.ts";
import { inParallel } from "../../std/async/parallel.ts";
import { type Owner, ownershipOf } from "../apply/owner.ts";
import { holdersOf } from "./cleanup-holders.ts";
import { followPods } from "./cleanup-pods.ts";
import { type Going, untilGone } from "./gone.ts";
import type { Entry, Ledger } from "./ledger.ts";
import { isFor } from "./ledger-entry.ts";
import { restore } from "./restore.ts";

export interface CleanupOptions {
  readonly cluster: Cluster;
  readonly ledger: Ledger;
  readonly owner: Owner;
  /** Only objects of these modules of the project; absent: everything in the ledger. */
  readonly modules?: ReadonlySet<string> | undefined;
  /** The namespace that is left out of objects' names in messages. */
  readonly namespace: string;
  /** Deadline of each wait until objects are gone; default 60 s. */
  readonly deadlineMs?: number;
  /** After this time a line says what is waited for. */
  readonly longMs?: number;
  /** How objects of a module are deleted; default: in the background, and waited for. */
  readonly deletion?: ((module: string | undefined) => ModuleDeletion | undefined) | undefined;
  /** Cleaners by kind of thing, for deployers that make other things than objects. */
  readonly cleaners?: Cleaners | undefined;
  emit(event: Event): void;
}

/** How the objects of one module are deleted. */
export interface ModuleDeletion {
  readonly graceSeconds?: number;
  readonly propagation?: Deletion["propagation"];
  readonly goneMs?: number;
  /** False: what is deleted is not followed. */
  readonly waits: boolean;
  /** In the place of devloop's own request. */
  delete?(cluster: Cluster, ref: ObjectRef, signal: AbortSignal): Promise<void>;
}

/** The result for an entry of a thing. `kept`: the entry stays for the next clean-up. */
export interface Undone {
  readonly result: "deleted" | "restored" | "kept";
  readonly why?: string;
}

/**
 * Undoes the work that one entry of a thing records: a release is uninstalled, or rolled back to its earlier revision.
 * Resolves when that is done. A thing that does not exist any more is `deleted`.
 * @throws Failure where it cannot be undone: the entry stays for the next clean-up
 */
export type Cleaner = (entry: Entry, signal: AbortSignal) => Promise<Undone>;
export type Cleaners = Readonly<Record<string, Cleaner>>;

export interface CleanupResult {
  readonly deleted: number;
  readonly restored: number;
  /** Objects that were left; `cleanup` events have the reasons. */
  readonly kept: number;
  /** Deleted, but still there at the deadline. */
  readonly ending: number;
  readonly failures: readonly Diagnostic[];
}

type Leaving = Going & { readonly entry: Entry };

/** How many requests run at the same time. They start in order. */
const atOnce = 8;
const usualDeadlineMs = 60_000;
/** After this time a line says what is waited for. */
const usualLongMs = 5_000;

/**
 * @throws Unreachable where the cluster does not answer; the signal's reason when cancelled. The ledger then has the
 * rest.
 */
export async function cleanUp(options: CleanupOptions, signal: AbortSignal): Promise<CleanupResult> {
  // Other runs of the project may have written the ledger since this one began.
  await options.ledger.refresh();
  const run = new Cleanup(options, signal);
  const entries = options.ledger.entries().filter((entry) => isFor(entry, options.modules));
  const isHolder = ({ ref, state, thing }: Entry, kind: string) =>
    thing === undefined && ref.kind === kind && state !== "changed";
  const definitions = entries.filter((entry) => isHolder(entry, "CustomResourceDefinition"));
  const namespaces = entries.filter((entry) => isHolder(entry, "Namespace"));
  const plain = entries.filter((entry) => !definitions.includes(entry) && !namespaces.includes(entry));
  const pods = await followPods(options.cluster, plain, signal);
  await run.stage(plain);
  await run.stage(definitions);
  await run.stage(namespaces);
  for (const pod of await pods.left(signal))
    options.emit({ type: "cleanup", object: nameOf(pod, options.namespace), result: "ending" });
  return run.result();
}

/** The counts of one clean-up, and the work for an entry of each state. */
class Cleanup {
  readonly #options: CleanupOptions;
  readonly #signal: AbortSignal;
  readonly #counts = { deleted: 0, restored: 0, kept: 0, ending: 0 };
  readonly #failures: Diagnostic[] = [];
  #unwritten: Failure | undefined;

  constructor(options: CleanupOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  result(): CleanupResult {
    return { ...this.#counts, failures: [...this.#failures, ...(this.#unwritten?.diagnostics ?? [])] };
  }

  /** Starts with the first entry; resolves when all deleted objects are gone, or at the deadline. */
  async stage(entries: readonly Entry[]): Promise<void> {
    const going: Leaving[] = [];
    const one = async (entry: Entry, signal: AbortSignal) => {
      const leaving = await this.#settle(entry, signal);
      if (leaving) going.push(leaving);
    };
    await inParallel(entries, atOnce, one, this.#signal);
    await this.#untilGone(going);
  }

  /** Cleans up one entry. Returns the object where it was deleted and is followed until it is gone. */
  async #settle(entry: Entry, signal: AbortSignal): Promise<Leaving | undefined> {
    const { cluster, owner, ledger } = this.#options;
    const { ref, thing } = entry;
    if (thing !== undefined) return this.#undo(entry, thing, signal);
    try {
      const live = await getObject(cluster, ref, signal);
      const uid = live?.metadata.uid ?? "";
      if (live && entry.state === "changed" && entry.uid === uid) await this.#putBack(entry, signal);
      else if (live && ownershipOf(live, owner, entry, ledger.formerOwners) === "ours") {
        if (await this.#isKept(ref, uid, signal)) return undefined;
        if (await this.#delete(entry, uid, signal)) return { ref, uid, entry };
      } else if (live && entry.state === "created" && entry.uid === uid) {
        // The entry stays, because the object may be taken back later.
        this.#tell(ref, "kept", "another devloop project or user has taken it over");
        return undefined;
      }
      await this.#forget(entry);
    } catch (thrown) {
      if (!(thrown instanceof Failure) || thrown instanceof Unreachable) throw thrown;
      this.#failures.push(...diagnosticsOf(thrown));
      this.#tell(ref, "kept", thrown.message);
    }
    return undefined;
  }

  /** Whether the object is followed until it is gone. */
  async #delete({ ref, module }: Entry, uid: string, signal: AbortSignal): Promise<boolean> {
    const { cluster, deletion } = this.#options;
    const { graceSeconds, propagation = "Background", waits = true, delete: other } = deletion?.(module) ?? {};
    if (other) await other(cluster, ref, signal);
    else {
      const how = { uid, propagation, ...(graceSeconds === undefined ? {} : { graceSeconds }) };
      if ((await deleteObject(cluster, ref, how, signal)) !== "deleted") return false;
    }
    if (!waits) this.#tell(ref, "deleted", "it may still be ending");
    return waits;
  }

  /** Undoes a thing of a deployer; no object has to be followed afterwards. */
  async #undo(entry: Entry, thing: string, signal: AbortSignal): Promise<undefined> {
    const cleaner = this.#options.cleaners?.[thing];
    if (cleaner === undefined) {
      this.#tell(entry.ref, "kept", `this devloop does not know how to undo a ${thing}`);
      return;
    }
    try {
      const { result, why } = await cleaner(entry, signal);
      this.#tell(entry.ref, result, why);
      if (result !== "kept") await this.#forget(entry);
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      this.#failures.push(...thrown.diagnostics);
      this.#tell(entry.ref, "kept", thrown.message);
    }
  }

  /** Removes an entry. A failed write is ignored, because an outdated entry does no harm. */
  async #forget(entry: Entry): Promise<void> {
    try {
      await this.#options.ledger.forget(entry, this.#signal);
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      this.#unwritten ??= thrown;
    }
  }

  async #isKept(ref: ObjectRef, uid: string, signal: AbortSignal): Promise<boolean> {
    const why = await holdersOf(this.#options, ref, uid, signal);
    if (why === undefined) return false;
    this.#tell(ref, "kept", why);
    return true;
  }

  async #putBack(entry: Entry & { state: "changed" }, signal: AbortSignal): Promise<void> {
    const { restored, others } = await restore(this.#options.cluster, entry, signal);
    const places = others === 1 ? "one field has" : `${others} fields have`;
    if (restored)
      this.#tell(entry.ref, "restored", others > 0 ? `${places} been changed by others since and left` : undefined);
    else if (others > 0) this.#tell(entry.ref, "kept", `${places} been changed by others since`);
  }

  async #untilGone(going: readonly Leaving[]): Promise<void> {
    const { cluster, deletion, deadlineMs: usual = usualDeadlineMs, longMs = usualLongMs } = this.#options;
    const asked = going.flatMap(({ entry }) => deletion?.(entry.module)?.goneMs ?? []);
    const deadlineMs = asked.length > 0 ? Math.max(...asked) : usual;
    const forgotten: Promise<void>[] = [];
    const onGone = ({ ref, entry }: Leaving) => {
      this.#tell(ref, "deleted");
      forgotten.push(this.#forget(entry));
    };
    const onLong = (left: readonly Leaving[]) => void this.#tellHeld(left).catch(() => undefined);
    const left = await untilGone(cluster, going, { deadlineMs, longMs, onGone, onLong }, this.#signal);
    await Promise.all(forgotten);
    for (const { ref } of left) {
      const live = await getObject(cluster, ref, this.#signal);
      const why = live && whatHolds(live);
      this.#tell(ref, "ending", why);
      this.#failures.push(stillThere(ref, this.#options.namespace, deadlineMs, why));
    }
  }

  /** Names the objects of a long wait, and what is known to hold them. */
  async #tellHeld(left: readonly Leaving[]): Promise<void> {
    for (const { ref } of left) {
      const live = await getObject(this.#options.cluster, ref, this.#signal);
      const why = live && whatHolds(live);
      if (why === undefined) continue;
      const text = `waiting until ${nameOf(ref, this.#options.namespace)} is gone: ${why}`;
      this.#options.emit({ type: "notice", level: "warning", text });
    }
  }

  #tell(ref: ObjectRef, result: "deleted" | "restored" | "kept" | "ending", why?: string): void {
    this.#counts[result]++;
    const object = nameOf(ref, this.#options.namespace);
    this.#options.emit({ type: "cleanup", object, result, ...(why === undefined ? {} : { why }) });
  }
}

function stillThere(ref: ObjectRef, namespace: string, afterMs: number, why: string | undefined): Diagnostic {
  const where = ref.namespace === undefined ? "" : ` -n ${ref.namespace}`;
  return {
    severity: "error",
    message: `${nameOf(ref, namespace)} is still there ${afterMs / 1000} s after it was deleted${why === undefined ? "" : `: ${why}`}`,
    suggestion: `see what it waits for with: kubectl${where} get ${ref.kind.toLowerCase()} ${ref.name} -o yaml`,
  };
}

function whatHolds(live: KubeObject): string | undefined {
  const finalizers = live.metadata.finalizers ?? [];
  if (finalizers.length > 0) return `its finalizers have not run: ${finalizers.join(", ")}`;
  const conditions = (live.status?.conditions ?? []) as readonly { status?: string; message?: string }[];
  return live.kind === "Namespace" ? conditions.find(({ status }) => status === "True")?.message : undefined;
}
