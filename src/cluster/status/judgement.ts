/** The result of judging an object: the types of `status/`. Pure data; `ui/` makes text from it. */
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

/** The root cause of a failure, as far as the cluster shows it. */
export interface Cause {
  readonly kind: CauseKind;
  /** One line, without the name of the workload. */
  readonly message: string;
  readonly suggestion: string;
  readonly pod?: { readonly name: string; readonly namespace: string };
  readonly container?: string;
  /** Which log of the container has more details. */
  readonly log?: "current" | "previous";
}

export interface Judgement {
  readonly state: "progressing" | "ready" | "failed";
  /** Such as `is ready` or `0 of 1 updated replicas are available`; no full stop. */
  readonly message: string;
  readonly cause?: Cause;
  /** When to judge again even if nothing changes, milliseconds since the epoch. */
  readonly recheckAt?: number;
}

/** The objects and times that an object is judged with. */
export interface Surroundings {
  /** Pods of the revision that is being rolled out. */
  readonly pods: readonly KubeObject[];
  /** Pods of earlier revisions. */
  readonly oldPods: readonly KubeObject[];
  /** Events about the object, its replica sets and these pods. */
  readonly events: readonly KubeObject[];
  /**
   * Now, and the begin of the wait, milliseconds since the epoch. A state counts as lasting from the begin of the wait
   * at the earliest.
   */
  readonly now: number;
  readonly since: number;
  /** The object before it was applied, where it existed. */
  readonly was?: KubeObject | undefined;
  /** How long the wait may take; a controller's default deadline that is shorter does not end it. */
  readonly deadlineMs?: number;
  /** When containers were first seen running, by id, milliseconds since the epoch. Absent: not recorded. */
  readonly runningSince?: ReadonlyMap<string, number>;
  /** Failures to pull an image from before it was delivered. */
  readonly earlierPulls?: { has(pod: KubeObject, container: string): boolean };
  /** Whether the object's kind has a status that a controller writes; absent: unknown, so it may have one. */
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

/** Whether the controller has not processed the last applied spec yet, so that its status is outdated. */
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

/** Those that have the shape: the status of a custom resource may hold anything under this name. */
export function conditions(object: KubeObject): readonly Condition[] {
  const all: unknown = object.status?.conditions;
  return Array.isArray(all) ? all.flatMap(conditionOf) : [];
}

function conditionOf(one: unknown): readonly Condition[] {
  const { type, status, reason, message, lastTransitionTime, observedGeneration } = (one ?? {}) as Record<
    keyof Condition,
    unknown
  >;
  if (typeof type !== "string" || typeof status !== "string") return [];
  return [
    {
      type,
      status,
      ...(typeof reason === "string" ? { reason } : {}),
      ...(typeof message === "string" ? { message } : {}),
      ...(typeof lastTransitionTime === "string" ? { lastTransitionTime } : {}),
      ...(typeof observedGeneration === "number" ? { observedGeneration } : {}),
    },
  ];
}
