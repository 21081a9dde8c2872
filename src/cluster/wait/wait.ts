/**
 * Waits until applied objects are ready, by watches alone, and fails with the root cause as soon as one cannot become
 * ready. All objects must be ready at the same time: an object that was ready and breaks meanwhile is waited for again.
 * `status/` judges single objects; this file has no deadline of its own.
 */

import { Turns } from "../../std/async/turns.ts";
import { systemClock } from "../../std/clock.ts";
import type { Cluster, KubeObject, ObjectRef } from "../cluster.ts";
import { EarlierPulls } from "../status/earlier-pulls.ts";
import { familyOf } from "../status/family.ts";
import { isWaitedFor, judge } from "../status/judge.ts";
import { failed, type Judgement, progressing } from "../status/judgement.ts";
import { noteRunning } from "../status/settled.ts";
import type { WatchTrouble } from "../watch/watch.ts";
import { waitFailure } from "./wait-failure.ts";
import { gather, type Neighbourhood } from "./wait-watches.ts";

export interface WaitOptions {
  readonly deadlineMs: number;
  /** Continues to the deadline where an object has failed. */
  readonly tolerateFailures?: boolean;
  /** Called with every new state or message of an object; `pending` of `total` objects are not ready. */
  readonly onChange?: (ref: ObjectRef, judgement: Judgement, pending: number, total: number) => void;
  /** Called when the connection was lost, or is back. */
  readonly onTrouble?: (trouble: WatchTrouble) => void;
}

/** An object that is waited for, with its state after the apply: reports from before the apply do not count. */
export interface AppliedRef extends ObjectRef {
  readonly uid?: string | undefined;
  readonly generation?: number | undefined;
  /** The object before it was applied, where it existed. */
  readonly was?: KubeObject | undefined;
  /** References of its images that were delivered or proved to exist; earlier failures to pull them are over. */
  readonly delivered?: readonly string[];
}

/** Changes come in bursts; the objects are judged once for each. */
const burstMs = 15;

/** How many waits list objects at once, so that a thousand objects do not cause a thousand lists at the same time. */
const listAtOnce = 16;
const listings = new WeakMap<Cluster, Turns>();

function listing(cluster: Cluster): Turns {
  const turns = listings.get(cluster) ?? new Turns(listAtOnce);
  listings.set(cluster, turns);
  return turns;
}

/** The state of one object when it is judged. */
interface Seen {
  readonly ref: AppliedRef;
  readonly judgement: Judgement;
  /** Milliseconds since the epoch. */
  readonly deadlineAt: number;
}

/**
 * Resolves when every object is ready. Objects of kinds that are ready at once are left out.
 * @throws Failure with the root cause, the last log lines and one suggestion: at the first object that has failed, or
 * at the deadline; the signal's reason when cancelled
 */
export async function waitReady(
  cluster: Cluster,
  refs: readonly AppliedRef[],
  options: WaitOptions,
  signal: AbortSignal,
): Promise<void> {
  const waited = refs.filter(isWaitedFor);
  if (waited.length === 0) return;
  const since = systemClock.now();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // It may reject before it is awaited, while the watches are being opened.
  promise.catch(() => undefined);
  let over = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let burst: ReturnType<typeof setTimeout> | undefined;
  const listener = {
    changed: () => {
      if (!over) burst ??= setTimeout(look, burstMs);
    },
    trouble: (trouble: WatchTrouble) => options.onTrouble?.(trouble),
    failed: reject,
  };
  using around = await listing(cluster).take(() => gather(cluster, waited, signal, listener), signal);
  const told = new Map<ObjectRef, Judgement>();
  const wait: Wait = {
    around,
    since,
    deadlineMs: options.deadlineMs,
    runningSince: new Map(),
    earlierPulls: new EarlierPulls(),
  };

  function look(): void {
    clearTimeout(timer);
    clearTimeout(burst);
    burst = undefined;
    if (over) return;
    const now = systemClock.now();
    const all = waited.map((ref) => see(ref, wait));
    const open = all.filter(({ judgement }) => judgement.state !== "ready");
    tell(all, open.length, told, options);
    const broken = options.tolerateFailures ? undefined : open.find(({ judgement }) => judgement.state === "failed");
    const late = open.find(({ deadlineAt }) => now >= deadlineAt);
    const failing = broken ?? late;
    if (failing) {
      over = true;
      const seconds = broken ? undefined : (failing.deadlineAt - since) / 1000;
      waitFailure(cluster, failing.ref, failing.judgement, seconds, signal).then(reject, reject);
      return;
    }
    if (open.length === 0) return resolve();
    const next = open.map(({ deadlineAt, judgement }) => Math.min(deadlineAt, judgement.recheckAt ?? deadlineAt));
    timer = setTimeout(look, Math.max(0, Math.min(...next) - now) + 1);
  }

  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    over = false;
    look();
    await promise;
  } finally {
    over = true;
    clearTimeout(timer);
    clearTimeout(burst);
    signal.removeEventListener("abort", onAbort);
  }
}

/** State that one wait keeps between judgements. */
interface Wait {
  readonly around: Neighbourhood;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly deadlineMs: number;
  /** When containers were first seen running, by id. */
  readonly runningSince: Map<string, number>;
  readonly earlierPulls: EarlierPulls;
}

function see(ref: AppliedRef, wait: Wait): Seen {
  const object = wait.around.get(ref);
  const deadlineAt = wait.since + ownDeadlineMs(object, wait.deadlineMs);
  return { ref, judgement: judgementOf(object, ref, wait), deadlineAt };
}

function judgementOf(object: KubeObject | undefined, ref: AppliedRef, wait: Wait): Judgement {
  const { around, since, deadlineMs, runningSince, earlierPulls } = wait;
  const last = around.lastOf(ref);
  if (object && !isOlder(object, ref, around, last)) {
    const now = systemClock.now();
    const family = familyOf(object, around.of(ref));
    noteRunning(family.pods, runningSince, now);
    // A changed workload gets new pods, which start after the delivery.
    const isAsBefore =
      ref.was !== undefined && ref.was.metadata.uid === ref.uid && ref.was.metadata.generation === ref.generation;
    earlierPulls.note(object.metadata.uid ?? "", family.pods, family.events, isAsBefore ? (ref.delivered ?? []) : []);
    const reportsStatus = around.reportsStatus(ref);
    const seen = { was: ref.was, deadlineMs, runningSince, earlierPulls, reportsStatus };
    return judge(object, { ...family, now, since, ...seen });
  }
  const gone = last === undefined ? !around.isComing(ref) : ref.uid === undefined || last.metadata.uid === ref.uid;
  return object || !gone ? progressing("waiting for its new state to be told") : lostObject(last, since);
}

/** Whether a watch still reports the object before it was applied, or another object that had its name. */
function isOlder(
  { metadata }: KubeObject,
  ref: AppliedRef,
  around: Neighbourhood,
  last: KubeObject | undefined,
): boolean {
  const { uid, generation } = ref;
  if (uid === undefined) return false;
  if (metadata.uid === uid) return (metadata.generation ?? 0) < (generation ?? 0);
  return around.mayLag(ref) && last?.metadata.uid !== uid;
}

/** A Job that cleans up after itself is gone because it is done; any other missing object will never be ready. */
function lostObject(last: KubeObject | undefined, since: number): Judgement {
  if (last === undefined) return failed("does not exist");
  const judgement = judge(last, { pods: [], oldPods: [], events: [], now: systemClock.now(), since });
  return last.kind === "Job" && judgement.state === "ready" ? judgement : failed("was deleted");
}

function tell(all: readonly Seen[], pending: number, told: Map<ObjectRef, Judgement>, options: WaitOptions): void {
  for (const { ref, judgement } of all) {
    const before = told.get(ref);
    if (before?.state === judgement.state && before.message === judgement.message) continue;
    told.set(ref, judgement);
    options.onChange?.(ref, judgement, pending, all.length);
  }
}

/** A Deployment's own deadline counts where it is not the default, as in the reference tool. */
function ownDeadlineMs(object: KubeObject | undefined, usualMs: number): number {
  const own = object?.kind === "Deployment" ? object.spec?.progressDeadlineSeconds : undefined;
  return own === undefined || own === 600 ? usualMs : own * 1000;
}
