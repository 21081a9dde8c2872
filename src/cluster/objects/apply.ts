/**
 * Applies one object server-side and says what came of it. Writes only where a write changes something: an object that
 * exists is tried by a dry run first. Ownership of client-side apply is taken over before. Refusals keep their meaning:
 * a conflict names the other manager and the fields, a fixed field is `Immutable`.
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
  /** Asks what would happen; nothing is written. */
  readonly dryRun?: boolean;
  /** Whether fields that the kind does not have are an error; default true, as with kubectl. */
  readonly validate?: boolean;
  /** How long to wait for a kind that the cluster does not serve yet; default 0. */
  readonly kindWaitMs?: number;
  /**
   * Only this very object; `null`: only where there is none. Another one by now is refused: it may be anybody's. Absent:
   * whatever has the name.
   */
  readonly uid?: string | null;
}

export interface Applied {
  /** As the server has it now, or would have it. */
  readonly object: KubeObject;
  readonly result: "unchanged" | "created" | "configured";
  /** One line where another path than the best one was taken. */
  readonly notice?: string;
}

interface Answer {
  readonly code: number;
  readonly body: KubeObject;
}

/** One form of the write: asked with `dryRun` it only tells. */
type Write = (dryRun: boolean) => Promise<Answer>;

/** One object on its way: the forms of its write, and what must be asked in between. */
interface Target {
  readonly options: ApplyOptions;
  readonly apply: Write;
  patch(of: KubeObject | undefined): Write;
  reread(): Promise<KubeObject | undefined>;
  takeOver(of: KubeObject): Promise<KubeObject | undefined>;
}

const mostTries = 5;

/**
 * @param live the object as last seen, undefined where it is known to be absent.
 * @throws ApiError: `Conflict`, `Immutable`, `Invalid`, `NotFound` (its namespace), and what else the server refuses.
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
  // What others wrote meanwhile is in conflict then, and not written over.
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
        // The same apply twice is the same as once.
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
  // Before the take-over no dry run of an apply tells the truth: the old owner's fields would count beside ours.
  if (options.dryRun) return settled(target, live, target.patch(live));
  await stopAtDuplicate(apply);
  await target.takeOver(live);
  return outcome(live, await apply(false));
}

/** Where the server refuses a key twice, ownership stays with the form of apply that will do the work. */
async function stopAtDuplicate(apply: Write): Promise<void> {
  try {
    await apply(true);
  } catch (thrown) {
    // Any other refusal may come from what is still to be taken over.
    if (!(thrown instanceof ApiError) || isDuplicate(thrown)) throw thrown;
  }
}

/** Writes where the dry run shows a difference. What a controller changed since `live` was read is no difference. */
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

/** The dry run's answer; undefined where an admission webhook allows no dry run, so that only a write can tell. */
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

/** The server refuses it for any other object of the name. */
function withUid(body: KubeObject | JsonRecord, uid: string): object {
  return { ...body, metadata: { ...(body.metadata as object | undefined), uid } };
}

/** After a race the apply is simply sent again. */
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
