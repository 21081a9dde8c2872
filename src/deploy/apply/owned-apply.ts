/**
 * Applies one object as its owner: with the owner mark, and with the ledger written before the cluster. Decides what
 * happens to an existing object: devloop's own is changed, and a Job or Pod of devloop's that cannot be changed is
 * replaced; a foreign one is changed and its prior fields are recorded; one of another project is left alone unless it
 * is to be adopted; one that is being deleted is waited for.
 */

import type { Cluster, KubeObject, ObjectRef } from "../../cluster/cluster.ts";
import { ApiError } from "../../cluster/connect/api-error.ts";
import { type Applied, type ApplyOptions, applyObject } from "../../cluster/objects/apply.ts";
import { type ApplyRecord, applyRecord } from "../../cluster/objects/drift.ts";
import { managerEntries } from "../../cluster/objects/managed-fields.ts";
import { type Deletion, deleteObject, getObject } from "../../cluster/objects/objects.ts";
import { refOf } from "../../cluster/objects/resources.ts";
import { Failure } from "../../diag/failure.ts";
import { nameOf } from "../../diag/object-name.ts";
import { graceAfter } from "../../std/async/grace.ts";
import { canonical, type Json } from "../../std/data/json.ts";
import { optional } from "../../std/data/optional.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { kindId } from "../manifests/object-id.ts";
import type { Manifest } from "../manifests/read-manifest.ts";
import { onceAccountIsThere, whenGone } from "./apply-waits.ts";
import { marked, type Owner, ownerLabel, ownershipOf, refuseForeign } from "./owner.ts";
import { type Prior, remembered } from "./prior.ts";
import { complaintsByField } from "./refused-fields.ts";

/** The cluster and namespace of objects, and their owner. */
export interface DeployTarget {
  readonly cluster: Cluster;
  /** Stable: `clusterId`. */
  readonly clusterId: string;
  /** For objects without a namespace. */
  readonly namespace: string;
  readonly owner: Owner;
  readonly ledger: Ledger;
}

export interface OwnedApplyOptions
  extends Pick<ApplyOptions, "manager" | "force" | "validate" | "kindWaitMs" | "dryRun"> {
  /** How an object is written; default: by the server's own apply. */
  readonly apply?: typeof applyObject | undefined;
  /** Whether what cannot be changed is deleted and made anew, also where it is no Job or Pod; only devloop's own is. */
  readonly replace?: boolean | undefined;
  /** For the deletion of what is made anew. */
  readonly graceSeconds?: number | undefined;
  readonly propagation?: Deletion["propagation"] | undefined;
  /** How long is waited until it is gone; default: a minute. */
  readonly goneMs?: number | undefined;
  /** Whether objects of another devloop project or user are taken over. */
  readonly adopt: boolean;
  /** The project's module that wants the object; a clean-up of some modules selects by it. */
  readonly module?: string;
  /** The folder that shown paths of manifests are relative to; default: the current folder. */
  readonly folder?: string | undefined;
}

export interface OwnedApply {
  readonly record: ApplyRecord;
  readonly object: KubeObject;
  readonly result: Applied["result"];
  readonly notice?: string;
}

/** Grace for a write that has begun, because the ledger must record its result. */
const graceMs = 2_000;
/** Number of decisions for one object whose name keeps moving to other objects. */
const mostTries = 4;

/**
 * @param live the object as last seen, undefined where it did not exist
 * @throws Failure, pointing at the manifest: refused by the server, foreign, or still being deleted after a minute
 */
export async function applyOwned(
  target: DeployTarget,
  manifest: Manifest,
  live: KubeObject | undefined,
  options: OwnedApplyOptions,
  signal: AbortSignal,
): Promise<OwnedApply> {
  try {
    const { desired, object, result, notice } = await asItIsNow(target, manifest, live, options, signal);
    return {
      record: applyRecord(desired, object, options.manager),
      object,
      result,
      ...(notice === undefined ? {} : { notice }),
    };
  } catch (thrown) {
    throw thrown instanceof Failure ? await placedAt(thrown, manifest, options.folder ?? ".") : thrown;
  }
}

/** `desired` is the applied object, with its mark. */
type Written = Applied & { readonly desired: KubeObject };

/**
 * Minutes may pass between reading an object and writing it. Every write holds only for the object that its decision
 * was made for; where another object, or none, has the name by then, the decision is made again.
 */
async function asItIsNow(
  target: DeployTarget,
  manifest: Manifest,
  seen: KubeObject | undefined,
  options: OwnedApplyOptions,
  signal: AbortSignal,
): Promise<Written> {
  const ref = refOf(manifest.object);
  let live = seen ?? (await getObject(target.cluster, ref, signal));
  for (let tries = 1; ; tries++) {
    if (live?.metadata.deletionTimestamp) live = await whenGone(target.cluster, live, signal);
    if (live && !options.adopt) refuseForeign(live, target.owner, manifest.at, target.ledger.formerOwners);
    signal.throwIfAborted();
    using grace = graceAfter(signal, graceMs);
    try {
      return await written(target, manifest.object, live, options, grace.signal);
    } catch (thrown) {
      if (!(thrown instanceof ApiError) || thrown.code >= 500 || tries >= mostTries) throw thrown;
      const now = await getObject(target.cluster, ref, grace.signal);
      if (now?.metadata.uid === live?.metadata.uid) throw thrown;
      live = now;
    }
  }
}

async function written(
  target: DeployTarget,
  object: KubeObject,
  live: KubeObject | undefined,
  options: OwnedApplyOptions,
  signal: AbortSignal,
): Promise<Written> {
  if (options.dryRun) return preview(target, object, live, options, signal);
  if (live === undefined) return create(target, object, options, signal);
  const { ledger, owner } = target;
  if (ownershipOf(live, owner, ledger.get(refOf(live)), ledger.formerOwners) === "ours")
    return change(target, object, live, options, signal);
  return changeFound(target, object, live, options, signal);
}

/** What would happen. Nothing is written, also no intent. */
async function preview(
  { cluster, ledger, owner }: DeployTarget,
  object: KubeObject,
  live: KubeObject | undefined,
  options: OwnedApplyOptions,
  signal: AbortSignal,
): Promise<Written> {
  const desired = marked(object, live, owner, live && ledger.get(refOf(live)), ledger.formerOwners);
  return { ...(await (options.apply ?? applyObject)(cluster, desired, live, options, signal)), desired };
}

async function create(
  target: DeployTarget,
  object: KubeObject,
  options: OwnedApplyOptions,
  signal: AbortSignal,
): Promise<Written> {
  const { cluster, ledger, owner } = target;
  const ref = refOf(object);
  const intent = await ledger.creating({ ...ref, module: options.module }, signal);
  const desired = marked(object, undefined, owner);
  const only = { ...options, uid: null };
  let applied: Applied;
  try {
    applied = await onceAccountIsThere(
      () => (options.apply ?? applyObject)(cluster, desired, undefined, only, signal),
      signal,
    );
  } catch (thrown) {
    // A refusal created nothing; after any other error the object may exist.
    if (thrown instanceof ApiError && thrown.code < 500 && intent?.state === "creating") await ledger.forget(intent);
    throw thrown;
  }
  if (applied.result === "created" || isOurWork(applied.object, options.manager)) {
    await ledger.created({ ...ref, module: options.module }, applied.object.metadata.uid ?? "");
    return { ...applied, result: "created", desired };
  }
  // Another program made an equal object in this moment: it counts as found.
  return changeFound(target, object, withoutMark(applied.object), options, signal);
}

async function change(
  target: DeployTarget,
  object: KubeObject,
  live: KubeObject,
  options: OwnedApplyOptions,
  signal: AbortSignal,
): Promise<Written> {
  const { cluster, ledger, owner } = target;
  const ref = refOf(object);
  const uid = live.metadata.uid ?? "";
  const entry = ledger.get(ref);
  // After a crash between intent and uid, the mark in the cluster proves that devloop created the object.
  if (entry?.state !== "created" || entry.uid !== uid) await ledger.created({ ...ref, module: options.module }, uid);
  const desired = marked(object, live, owner, ledger.get(ref), ledger.formerOwners);
  const applied = await (options.apply ?? applyObject)(cluster, desired, live, { ...options, uid }, signal).catch(
    (thrown: unknown) => {
      const mayGo = options.replace || isRunToEnd(object);
      if (thrown instanceof ApiError && thrown.reason === "Immutable" && mayGo) return undefined;
      throw thrown;
    },
  );
  return applied === undefined ? runAnew(target, object, live, options, signal) : { ...applied, desired };
}

/** Whether the object runs once: it holds no data and cannot be changed, so a change replaces it. */
function isRunToEnd(object: KubeObject): boolean {
  return ["batch/Job", "Pod"].includes(kindId(object));
}

async function runAnew(
  target: DeployTarget,
  object: KubeObject,
  live: KubeObject,
  options: OwnedApplyOptions,
  signal: AbortSignal,
): Promise<Written> {
  const ref = refOf(object);
  const { graceSeconds, propagation, goneMs } = options;
  const how = {
    uid: live.metadata.uid,
    ...optional("graceSeconds", graceSeconds),
    ...optional("propagation", propagation),
  };
  await deleteObject(target.cluster, ref, how, signal);
  await whenGone(target.cluster, live, signal, goneMs);
  const notice = `${nameOf(ref)} was made anew: a field of it that cannot change has changed`;
  return { ...(await create(target, object, options, signal)), notice };
}

async function changeFound(
  target: DeployTarget,
  object: KubeObject,
  seen: KubeObject,
  options: OwnedApplyOptions,
  signal: AbortSignal,
): Promise<Written> {
  const { cluster, ledger, owner } = target;
  const ref = refOf(object);
  const uid = seen.metadata.uid ?? "";
  const now = await getObject(cluster, ref, signal);
  if (now?.metadata.uid !== uid) throw gone(ref);
  if (!options.adopt) refuseForeign(now, owner, undefined, ledger.formerOwners);
  const unmarked = seen.metadata.labels?.[ownerLabel] === undefined;
  const live = unmarked ? withoutMark(now) : now;
  // Read after the object: another devloop process that has changed it by now recorded its prior fields before.
  await ledger.refresh();
  const entry = ledger.get(ref);
  if (ownershipOf(live, owner, entry, ledger.formerOwners) === "ours")
    return change(target, object, live, options, signal);
  const known = entry?.state === "changed" && entry.uid === uid ? entry.prior : [];
  const desired = marked(object, seen, owner, entry, ledger.formerOwners);
  const only = { ...options, uid };
  const preview = await (options.apply ?? applyObject)(cluster, desired, now, { ...only, dryRun: true }, signal);
  const expected = remembered(known, live, preview.object);
  await ledger.changed({ ...ref, module: options.module }, { uid, manager: options.manager, prior: expected }, signal);
  if (preview.result === "unchanged") return { ...preview, desired };
  const applied = await (options.apply ?? applyObject)(cluster, desired, now, only, signal);
  const real = remembered(known, live, applied.object);
  if (!same(real, expected))
    await ledger.changed({ ...ref, module: options.module }, { uid, manager: options.manager, prior: real }, signal);
  return { ...applied, desired };
}

function withoutMark(live: KubeObject): KubeObject {
  const { [ownerLabel]: _, ...labels } = live.metadata.labels ?? {};
  const { labels: _all, ...metadata } = live.metadata;
  return { ...live, metadata: Object.keys(labels).length === 0 ? metadata : { ...metadata, labels } };
}

/** The server's error for an apply to an object that does not exist. */
function gone(ref: ObjectRef): ApiError {
  const message = "it has gone, or another object has its name";
  return new ApiError({ reason: "Conflict", message }, 409, `cannot apply ${nameOf(ref)}`);
}

/**
 * Whether the object was created by an apply of devloop's whose answer was lost: no one else but the control plane set
 * a field.
 */
function isOurWork(object: KubeObject, manager: string): boolean {
  return managerEntries(object).every(
    (entry) => entry.manager === manager || entry.subresource || entry.manager.startsWith("kube-"),
  );
}

/** The failure with a place in the manifest, where it has none yet. */
async function placedAt(failure: Failure, manifest: Manifest, folder: string): Promise<Failure> {
  const immutable = failure instanceof ApiError && failure.reason === "Immutable";
  const suggestion = immutable
    ? { suggestion: `a field of it cannot change: delete ${nameOf(refOf(manifest.object))}, and it is created again` }
    : {};
  const placed =
    failure instanceof ApiError ? await complaintsByField(failure, manifest.at, folder) : failure.diagnostics;
  const [first, ...more] = placed.map((diagnostic) => ({ at: manifest.at, ...diagnostic }));
  return first ? new Failure({ ...first, ...suggestion }, ...more) : failure;
}

function same(a: readonly Prior[], b: readonly Prior[]): boolean {
  return canonical(a as unknown as Json) === canonical(b as unknown as Json);
}
