/**
 * Applies one object as the owner that we are: with the owner mark, and with the ledger written before the cluster is.
 * Decides what becomes of what is already there: ours is changed, and a Job or Pod of ours that cannot change is made
 * anew; what somebody else made is changed and remembered; what another project owns is left alone unless it is to be
 * adopted; what is being deleted is waited for.
 */

import type { Cluster, KubeObject, ObjectRef } from "../../cluster/cluster.ts";
import { ApiError } from "../../cluster/connect/api-error.ts";
import { type Applied, type ApplyOptions, applyObject } from "../../cluster/objects/apply.ts";
import { type ApplyRecord, applyRecord } from "../../cluster/objects/drift.ts";
import { managerEntries } from "../../cluster/objects/managed-fields.ts";
import { deleteObject, getObject } from "../../cluster/objects/objects.ts";
import { refOf } from "../../cluster/objects/resources.ts";
import { Failure } from "../../diag/failure.ts";
import { nameOf } from "../../diag/object-name.ts";
import { graceAfter } from "../../std/async/grace.ts";
import { canonical, type Json } from "../../std/data/json.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { kindId } from "../manifests/object-id.ts";
import type { Manifest } from "../manifests/read-manifest.ts";
import { onceAccountIsThere, whenGone } from "./apply-waits.ts";
import { marked, type Owner, ownerLabel, ownershipOf, refuseForeign } from "./owner.ts";
import { type Prior, remembered } from "./prior.ts";
import { complaintsByField } from "./refused-fields.ts";

/** Where objects go, and in whose name. */
export interface DeployTarget {
  readonly cluster: Cluster;
  /** Stable: `clusterId`. */
  readonly clusterId: string;
  /** For objects that name none. */
  readonly namespace: string;
  readonly owner: Owner;
  readonly ledger: Ledger;
}

export interface OwnedApplyOptions extends Pick<ApplyOptions, "manager" | "force" | "validate" | "kindWaitMs"> {
  /** Objects of another devloop project or user are taken over. */
  readonly adopt: boolean;
  /** The module of the project that wants the object: what a clean-up of some modules goes by. */
  readonly module?: string;
  /** What shown paths of manifests are relative to; default: the current folder. */
  readonly folder?: string | undefined;
}

export interface OwnedApply {
  readonly record: ApplyRecord;
  readonly object: KubeObject;
  readonly result: Applied["result"];
  readonly notice?: string;
}

/** A write that has been begun is carried to its end, or the ledger would not know what came of it. */
const graceMs = 2_000;
/** Decisions for one object whose name goes from one to another. */
const mostTries = 4;

/**
 * @param live the object as last seen, undefined where it was not there
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

/** `desired` is what was applied, with its mark. */
type Written = Applied & { readonly desired: KubeObject };

/**
 * A pass may look minutes before it writes. Every write holds only for the object that its decision was made for; where
 * another one, or none, has the name by then, the decision is made again.
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
    if (live && !options.adopt) refuseForeign(live, target.owner, manifest.at);
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
  if (live === undefined) return create(target, object, options, signal);
  const { ledger, owner } = target;
  if (ownershipOf(live, owner, ledger.get(refOf(live))) === "ours")
    return change(target, object, live, options, signal);
  return changeFound(target, object, live, options, signal);
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
    applied = await onceAccountIsThere(() => applyObject(cluster, desired, undefined, only, signal), signal);
  } catch (thrown) {
    // A refusal made nothing; after anything else it may be there.
    if (thrown instanceof ApiError && thrown.code < 500 && intent?.state === "creating") await ledger.forget(intent);
    throw thrown;
  }
  if (applied.result === "created" || isOurWork(applied.object, options.manager)) {
    await ledger.created({ ...ref, module: options.module }, applied.object.metadata.uid ?? "");
    return { ...applied, result: "created", desired };
  }
  // Somebody made it in this very moment with nothing that differs: it is theirs.
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
  // After a crash between intent and uid the mark in the cluster tells that it is ours.
  if (entry?.state !== "created" || entry.uid !== uid) await ledger.created({ ...ref, module: options.module }, uid);
  const desired = marked(object, live, owner, ledger.get(ref));
  const applied = await applyObject(cluster, desired, live, { ...options, uid }, signal).catch((thrown: unknown) => {
    if (thrown instanceof ApiError && thrown.reason === "Immutable" && isRunToEnd(object)) return undefined;
    throw thrown;
  });
  return applied === undefined ? runAnew(target, object, live, options, signal) : { ...applied, desired };
}

/** What runs once holds no data and cannot be changed: another one in its place is what the change means. */
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
  await deleteObject(target.cluster, ref, { uid: live.metadata.uid }, signal);
  await whenGone(target.cluster, live, signal);
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
  if (!options.adopt) refuseForeign(now, owner, undefined);
  const unmarked = seen.metadata.labels?.[ownerLabel] === undefined;
  const live = unmarked ? withoutMark(now) : now;
  // Read after the object: whoever changed it by now, of us, has written down before what it was like.
  await ledger.refresh();
  const entry = ledger.get(ref);
  if (ownershipOf(live, owner, entry) === "ours") return change(target, object, live, options, signal);
  const known = entry?.state === "changed" && entry.uid === uid ? entry.prior : [];
  const desired = marked(object, seen, owner, entry);
  const only = { ...options, uid };
  const preview = await applyObject(cluster, desired, now, { ...only, dryRun: true }, signal);
  const expected = remembered(known, live, preview.object);
  await ledger.changed({ ...ref, module: options.module }, { uid, manager: options.manager, prior: expected }, signal);
  if (preview.result === "unchanged") return { ...preview, desired };
  const applied = await applyObject(cluster, desired, now, only, signal);
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

/** As the server says it of an apply to what is not there. */
function gone(ref: ObjectRef): ApiError {
  const message = "it has gone, or another object has its name";
  return new ApiError({ reason: "Conflict", message }, 409, `cannot apply ${nameOf(ref)}`);
}

/** Whether the object was made by an apply of ours whose answer was lost: nobody but us and the control plane set a field. */
function isOurWork(object: KubeObject, manager: string): boolean {
  return managerEntries(object).every(
    (entry) => entry.manager === manager || entry.subresource || entry.manager.startsWith("kube-"),
  );
}

/** The complaint points into the manifest, where it does not point anywhere yet. */
async function placedAt(failure: Failure, manifest: Manifest, folder: string): Promise<Failure> {
  const immutable = failure instanceof ApiError && failure.reason === "Immutable";
  const suggestion = immutable
    ? { suggestion: `a field of it cannot change: delete ${nameOf(refOf(manifest.object))}, and it is made anew` }
    : {};
  const placed =
    failure instanceof ApiError ? await complaintsByField(failure, manifest.at, folder) : failure.diagnostics;
  const [first, ...more] = placed.map((diagnostic) => ({ at: manifest.at, ...diagnostic }));
  return first ? new Failure({ ...first, ...suggestion }, ...more) : failure;
}

function same(a: readonly Prior[], b: readonly Prior[]): boolean {
  return canonical(a as unknown as Json) === canonical(b as unknown as Json);
}
