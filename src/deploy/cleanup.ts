/**
 * Clean-up by the ledger: deletes what devloop created for the project there, newest first, each by its uid, and puts
 * back what it changed in objects that were there before. Definitions and namespaces come last, and only when nothing
 * foreign hangs on them (`cleanup-holders.ts`). Waits until the objects are gone and names the pods that still end.
 *
 * One object that cannot be cleaned up does not keep the others; it stays in the ledger for the next time.
 */
import { ApiError } from "../cluster/api-error.ts";
import type { Cluster, KubeObject, ObjectRef } from "../cluster/cluster.ts";
import { nameOf } from "../cluster/object-name.ts";
import { deleteObject, getObject } from "../cluster/objects.ts";
import type { Diagnostic } from "../diag/diagnostic.ts";
import { diagnosticsOf } from "../diag/failure.ts";
import type { Event } from "../event/event.ts";
import { inParallel } from "../std/parallel.ts";
import { holdersOf } from "./cleanup-holders.ts";
import { followPods } from "./cleanup-pods.ts";
import { type Going, untilGone } from "./gone.ts";
import type { Entry, Ledger } from "./ledger.ts";
import { type Owner, ownershipOf } from "./owner.ts";
import { restore } from "./restore.ts";

export interface CleanupOptions {
  readonly cluster: Cluster;
  readonly ledger: Ledger;
  readonly owner: Owner;
  /** The one that need not be said of each object. */
  readonly namespace: string;
  /** For each wait until things are gone; default 60 s. */
  readonly deadlineMs?: number;
  emit(event: Event): void;
}

export interface CleanupResult {
  readonly deleted: number;
  readonly restored: number;
  /** Left where they are, and why: also told by `cleanup` events. */
  readonly kept: number;
  /** Deleted, but still there at the deadline. */
  readonly ending: number;
  readonly failures: readonly Diagnostic[];
}

/** Requests under way at once. Order is the order of starting. */
const atOnce = 8;
const usualDeadlineMs = 60_000;

/** @throws Unreachable where the cluster does not answer; the signal's reason when cancelled. The ledger then has the rest. */
export async function cleanUp(options: CleanupOptions, signal: AbortSignal): Promise<CleanupResult> {
  const run = new Cleanup(options, signal);
  const entries = options.ledger.entries();
  const isHolder = ({ ref, state }: Entry, kind: string) => ref.kind === kind && state !== "changed";
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

/** The counts of one clean-up, and what is done to an entry of each state. */
class Cleanup {
  readonly #options: CleanupOptions;
  readonly #signal: AbortSignal;
  readonly #counts = { deleted: 0, restored: 0, kept: 0, ending: 0 };
  readonly #failures: Diagnostic[] = [];

  constructor(options: CleanupOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  result(): CleanupResult {
    return { ...this.#counts, failures: this.#failures };
  }

  /** Starts with the first entry; resolves when everything that was deleted is gone, or at the deadline. */
  async stage(entries: readonly Entry[]): Promise<void> {
    const going: Going[] = [];
    const one = async (entry: Entry, signal: AbortSignal) => {
      const gone = await this.#settle(entry, signal);
      if (gone) going.push(gone);
    };
    await inParallel(entries, atOnce, one, this.#signal);
    await this.#untilGone(going);
  }

  /** What was deleted and is to be followed until it is gone. */
  async #settle(entry: Entry, signal: AbortSignal): Promise<Going | undefined> {
    const { cluster, ledger } = this.#options;
    try {
      if (entry.state === "changed") {
        await this.#putBack(entry, signal);
        return undefined;
      }
      const uid = entry.state === "created" ? entry.uid : await this.#uidAfterCrash(entry.ref, signal);
      if (uid !== undefined && (await this.#isKept(entry.ref, uid, signal))) return undefined;
      const how = { uid, propagation: "Background" as const };
      const answer = uid === undefined ? "gone" : await deleteObject(cluster, entry.ref, how, signal);
      if (answer === "deleted") return { ref: entry.ref, uid: uid as string };
      await ledger.forget(entry.ref);
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      this.#failures.push(...diagnosticsOf(thrown));
      this.#tell(entry.ref, "kept", thrown.message);
    }
    return undefined;
  }

  /** A create whose end nobody saw: ours only if the mark in the cluster says so. */
  async #uidAfterCrash(ref: ObjectRef, signal: AbortSignal): Promise<string | undefined> {
    const live = await getObject(this.#options.cluster, ref, signal);
    return live && ownershipOf(live, this.#options.owner) === "ours" ? live.metadata.uid : undefined;
  }

  async #isKept(ref: ObjectRef, uid: string, signal: AbortSignal): Promise<boolean> {
    const why = await holdersOf(this.#options, ref, uid, signal);
    if (why === undefined) return false;
    this.#tell(ref, "kept", why);
    return true;
  }

  async #putBack(entry: Entry & { state: "changed" }, signal: AbortSignal): Promise<void> {
    const { cluster, ledger } = this.#options;
    const { restored, others } = await restore(cluster, entry, signal);
    await ledger.forget(entry.ref);
    const places = others === 1 ? "one field has" : `${others} fields have`;
    if (restored)
      this.#tell(entry.ref, "restored", others > 0 ? `${places} been changed by others since and left` : undefined);
    else if (others > 0) this.#tell(entry.ref, "kept", `${places} been changed by others since`);
  }

  async #untilGone(going: readonly Going[]): Promise<void> {
    const { cluster, ledger, deadlineMs = usualDeadlineMs } = this.#options;
    const forgotten: Promise<void>[] = [];
    const onGone = ({ ref }: Going) => {
      this.#tell(ref, "deleted");
      forgotten.push(ledger.forget(ref));
    };
    const left = await untilGone(cluster, going, deadlineMs, onGone, this.#signal);
    await Promise.all(forgotten);
    for (const { ref } of left) {
      const live = await getObject(cluster, ref, this.#signal);
      this.#tell(ref, "ending", live && whatHolds(live));
    }
  }

  #tell(ref: ObjectRef, result: "deleted" | "restored" | "kept" | "ending", why?: string): void {
    this.#counts[result]++;
    const object = nameOf(ref, this.#options.namespace);
    this.#options.emit({ type: "cleanup", object, result, ...(why === undefined ? {} : { why }) });
  }
}

function whatHolds(live: KubeObject): string | undefined {
  const finalizers = live.metadata.finalizers ?? [];
  if (finalizers.length > 0) return `its finalizers have not run: ${finalizers.join(", ")}`;
  const conditions = (live.status?.conditions ?? []) as readonly { status?: string; message?: string }[];
  return live.kind === "Namespace" ? conditions.find(({ status }) => status === "True")?.message : undefined;
}
