/** What a look at an object can say: the vocabulary of `status/`. Pure data; words for the terminal are made from it. */
import type { KubeObject } from "../cluster.ts";

type CauseKind =
  | "image"
  | "config"
  | "crash"
  | "out-of-memory"
  | "architecture"
  | "start"
  | "probe"
  | "unschedulable"
  | "volume"
  | "refused"
  | "paused"
  | "evicted";

/** The root of a failure, as far down as the cluster tells. */
export interface Cause {
  readonly kind: CauseKind;
  /** One line, without the name of the workload. */
  readonly message: string;
  readonly suggestion: string;
  readonly pod?: { readonly name: string; readonly namespace: string };
  readonly container?: string;
  /** Which log of the container tells more. */
  readonly log?: "current" | "previous";
}

export interface Judgement {
  readonly state: "progressing" | "ready" | "failed";
  /** Such as `is ready` or `0 of 1 updated replicas are available`; no full stop. */
  readonly message: string;
  readonly cause?: Cause;
  /** Milliseconds since the epoch: look again then, even if nothing changes. */
  readonly recheckAt?: number;
}

/** What stands around an object when it is judged. */
export interface Surroundings {
  /** Pods of the revision that is being rolled out. */
  readonly pods: readonly KubeObject[];
  /** Pods of earlier revisions. */
  readonly oldPods: readonly KubeObject[];
  /** Events about the object, its replica sets and these pods. */
  readonly events: readonly KubeObject[];
  /** Milliseconds since the epoch: now, and when the wait began. Nothing counts as lasting from before the begin. */
  readonly now: number;
  readonly since: number;
  /** The object as it was before it was applied, where it was there. */
  readonly was?: KubeObject | undefined;
  /** How long the wait may take; a controller's own default deadline that is shorter ends nothing. */
  readonly deadlineMs?: number;
  /** When containers were first seen running, by id, milliseconds since the epoch. Absent: nobody has noted it. */
  readonly runningSince?: ReadonlyMap<string, number>;
  /** Failures to pull an image from before it was delivered. */
  readonly earlierPulls?: { has(pod: KubeObject, container: string): boolean };
  /** Whether the object's kind has a status that a controller writes; absent: nobody has asked, and it may have. */
  readonly reportsStatus?: boolean;
}

export type Judge = (object: KubeObject, around: Surroundings) => Judgement;

export const ready: Judgement = { state: "ready", message: "is ready" };

export function progressing(message: string, recheckAt?: number): Judgement {
  return { state: "progressing", message, ...(recheckAt === undefined ? {} : { recheckAt }) };
}

export function failed(message: string, cause?: Cause): Judgement {
  return { state: "failed", message, ...(cause === undefined ? {} : { cause }) };
}

/** Whether the controller has not looked yet at what was applied last: nothing in the status counts then. */
export function isUnobserved(object: KubeObject): boolean {
  return Number(object.status?.observedGeneration ?? 0) < (object.metadata.generation ?? 0);
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  readonly observedGeneration?: number;
}

export function condition(object: KubeObject, type: string): Condition | undefined {
  return conditions(object).find((c) => c.type === type);
}

export function conditions(object: KubeObject): readonly Condition[] {
  return Array.isArray(object.status?.conditions) ? (object.status.conditions as readonly Condition[]) : [];
}
