/**
 * Applies one object server-side and returns the result. Writes only where a write changes something: for an existing
 * object a dry run comes first. Fields owned by client-side apply are taken over before. Refusals keep their meaning: a
 * conflict names the other manager and the fields, an immutable field is `Immutable`.
 */

import { nameOf } from "../../diag/object-name.ts";
import { systemClock } from "../../std/clock.ts";
import type { JsonRecord } from "../../std/data/json.ts";
import type { Cluster, KubeObject } from "../cluster.ts";
import { ApiError } from "../connect/api-error.ts";
import { requestAnswer } from "../connect/request.ts";
import { conflictOf, duplicateOf, isDuplicate, isRace } from "./apply-refusal.ts";
import { needsWrite } from "./drift.ts";
import { getObject } from "./objects.ts";
import { takenOver, takeOver } from "./ownership.ts";
import { kindOf, pathOf, refOf } from "./resources.ts";
import { lastApplied, threeWayPatch, withLastApplied } from "./three-way.ts";

export const defaultManager = "devloop";

export interface ApplyOptions {
  readonly manager: string;
  /** True: the last writer wins. False: a field of another manager is an error. */
  readonly force: boolean;
  /** Returns what would happen; nothing is written. */
  readonly dryRun?: boolean;
  /** Whether unknown fields are an error; default true, as with kubectl. */
  readonly validate?: boolean;
  /** How long to wait for a kind that the cluster does not serve yet; default 0. */
  readonly kindWaitMs?: number;
  /**
   * Writes only to the object with this uid; `null`: only where no object exists. Otherwise the write is refused,
   * because the object may belong to another owner. Absent: writes to any object with the name.
   */
  readonly uid?: string | null;
}

export interface Applied {
  /** The object in the server's present state, or in the state of a dry run. */
  readonly object: KubeObject;
  readonly result: "unchanged" | "created" | "configured";
  /** One line where a slower way than usual was taken. */
  readonly notice?: string;
}

interface Answer {
  readonly code: number;
  readonly body: KubeObject;
}

/** One form of the write; with `dryRun` nothing is written. */
type Write = (dryRun: boolean) => Promise<Answer>;

/** One object to apply: the forms of its write, and the checks between them. */
interface Target {
  readonly options: ApplyOptions;
  readonly apply: Write;
  patch(of: KubeObject | undefined): Write;
  reread(): Promise<KubeObject | undefined>;
  takeOver(of: KubeObject): Promise<KubeObject | undefined>;
}

const mostTries = 5;

/**
 * @param live the object as last seen, undefined where it is known to be absent
 * @throws ApiError: `Conflict`, `Immutable`, `Invalid`, `NotFound` (its namespace), and other refusals of the server
 */
export async function applyObject(
  cluster: Cluster,
  desired: KubeObject,
  live: KubeObject | undefined,
  options: ApplyOptions,
  signal: AbortSignal,
): Promise<Applied> {
  const ref = refOf(desired);
  const kind = await kindOf(cluster, ref.apiVersion, ref.kind, signal, options.kindWaitMs);
  const path = pathOf(kind, ref.namespace ?? cluster.namespace, ref.name);
  const action = `cannot apply ${nameOf(ref)}`;
  // Without force, fields that other writers set meanwhile are in conflict instead of being overwritten.
  const force = options.force && options.uid !== null;
  const body = JSON.stringify(options.uid ? withUid(desired, options.uid) : desired);
  const apply: Write = (dryRun) =>
    requestAnswer<KubeObject>(
      cluster,
      path,
      {
        method: "PATCH",
        contentType: "application/apply-patch+yaml",
        query: { force: String(force), ...writeQuery(options, dryRun) },
        body,
        // Sending the same apply twice has the same effect as once.
        repeatable: true,
        signal,
      },
      action,
    );
  const patch = (of: KubeObject | undefined) => {
    const to = of ? path : pathOf(kind, ref.namespace ?? cluster.namespace);
    return threeWay(cluster, desired, of, to, options, action, signal);
  };
  const target: Target = {
    options,
    apply,
    patch,
    reread: () => getObject(cluster, ref, signal),
    takeOver: (of) => takeOver(cluster, of, options.manager, signal),
  };
  try {
    return await retryingConflicts(() => written(target, live), signal);
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    if (isDuplicate(thrown)) {
      const notice = `${nameOf(ref)}: applied by a three-way patch, because server-side apply refuses it: ${duplicateOf(thrown)}`;
      const now = await target.reread();
      if (options.uid !== undefined && (now?.metadata.uid ?? null) !== options.uid) throw thrown;
      return { ...(await settled(target, now, patch(now))), notice };
    }
    throw conflictOf(thrown, action) ?? thrown;
  }
}

async function written(target: Target, live: KubeObject | undefined): Promise<Applied> {
  const { options, apply } = target;
  if (live === undefined || takenOver(live, options.manager) === undefined) return settled(target, live, apply);
  // Before the take-over a dry run of an apply is wrong, because the old owner's fields would remain; a patch tells the
  // result.
  if (options.dryRun) return settled(target, live, target.patch(live));
  await stopAtDuplicate(apply);
  await target.takeOver(live);
  return outcome(live, await apply(false));
}

/** Where the server refuses a duplicate key, the object is left to three-way apply, and ownership must not change. */
async function stopAtDuplicate(apply: Write): Promise<void> {
  try {
    await apply(true);
  } catch (thrown) {
    // Other refusals may be caused by fields that are not taken over yet.
    if (!(thrown instanceof ApiError) || isDuplicate(thrown)) throw thrown;
  }
}

/**
 * Writes where the dry run shows a difference. A change that a controller made since `live` was read is no difference.
 */
async function settled(target: Target, live: KubeObject | undefined, write: Write): Promise<Applied> {
  const { options } = target;
  let seen = live;
  for (let tries = 1; seen; tries++) {
    const tried = await permitted(write);
    const stale = tried && tried.body.metadata.resourceVersion !== seen.metadata.resourceVersion;
    if (stale && tries < mostTries) {
      seen = await target.reread();
      continue;
    }
    if (tried && !needsWrite(seen, tried.body, options.manager)) return { object: seen, result: "unchanged" };
    if (tried && options.dryRun) return { object: tried.body, result: "configured" };
    break;
  }
  return outcome(seen, await write(options.dryRun === true));
}

/** The dry run's answer; undefined where an admission webhook forbids dry runs, so that only a write can tell. */
async function permitted(write: Write): Promise<Answer | undefined> {
  try {
    return await write(true);
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.code === 400 && /dry.?run/i.test(thrown.message)) return undefined;
    throw thrown;
  }
}

function outcome(live: KubeObject | undefined, answer: Answer): Applied {
  if (answer.code === 201) return { object: answer.body, result: "created" };
  const same = live?.metadata.resourceVersion === answer.body.metadata.resourceVersion;
  return { object: answer.body, result: same ? "unchanged" : "configured" };
}

function threeWay(
  cluster: Cluster,
  desired: KubeObject,
  live: KubeObject | undefined,
  path: string,
  options: ApplyOptions,
  action: string,
  signal: AbortSignal,
): Write {
  const noted = withLastApplied(desired);
  const patch = live && threeWayPatch(lastApplied(live), noted as unknown as JsonRecord, live as unknown as JsonRecord);
  const whole = patch && options.uid ? withUid(patch, options.uid) : patch;
  const how = whole
    ? { method: "PATCH" as const, contentType: "application/merge-patch+json", body: JSON.stringify(whole) }
    : { method: "POST" as const, body: JSON.stringify(noted) };
  return (dryRun) =>
    requestAnswer<KubeObject>(cluster, path, { ...how, query: writeQuery(options, dryRun), signal }, action);
}

/** The server refuses a write with this uid to any other object of the name. */
function withUid(body: KubeObject | JsonRecord, uid: string): object {
  return { ...body, metadata: { ...(body.metadata as object | undefined), uid } };
}

/** After a race the apply is sent again. */
async function retryingConflicts<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (thrown) {
      if (!(thrown instanceof ApiError) || !isRace(thrown) || tries >= mostTries) throw thrown;
      await systemClock.sleep(30 * tries, signal);
    }
  }
}

function writeQuery(options: ApplyOptions, dryRun: boolean): Record<string, string> {
  const fieldValidation = options.validate === false ? "Ignore" : "Strict";
  return { fieldManager: options.manager, fieldValidation, ...(dryRun ? { dryRun: "All" } : {}) };
}
