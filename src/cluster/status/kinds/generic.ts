/**
 * Objects of unknown kinds, judged by the conventions of controllers: `observedGeneration`, and the conditions Ready,
 * Available, Reconciling, Stalled and Failed. A kind without a status is ready at once. An object with a status waits a
 * few seconds for its controller; where no controller writes the status, the object counts as ready.
 */
import type { KubeObject } from "../../cluster.ts";
import { condition, conditions, failed, type Judge, type Judgement, progressing, ready } from "../judgement.ts";

/** Running controllers process an object within this time. */
const graceMs = 5_000;

export const judgeGeneric: Judge = (object, around) => {
  const { status, metadata } = object;
  if (metadata.deletionTimestamp) return progressing("is being deleted");
  const { observedGeneration } = (status ?? {}) as { observedGeneration?: unknown };
  // Some controllers write the generation as text.
  if (observedGeneration !== undefined && Number(observedGeneration) < (metadata.generation ?? 0))
    return progressing("waiting for its new spec to be observed");
  const graceEnds = around.since + graceMs;
  const mayBeUnseen = (status != null || around.reportsStatus !== false) && !isObserved(object);
  const judgement = status == null ? ready : (byPhase(object) ?? byConditions(object));
  if (!mayBeUnseen || judgement.state === "progressing" || around.now >= graceEnds) return judgement;
  return progressing("waiting for its controller to look at it", graceEnds);
};

/** Whether the status is known to be about the last applied spec: it says so, or there has been only one spec. */
function isObserved(object: KubeObject): boolean {
  if (object.status == null) return false;
  const all = conditions(object);
  const isSaid = object.status.observedGeneration !== undefined || all.some((c) => c.observedGeneration !== undefined);
  return isSaid || (all.length > 0 && (object.metadata.generation ?? 0) <= 1);
}

/** CustomResourceDefinition: served once it is established. */
export const judgeDefinition: Judge = (object) => {
  const names = condition(object, "NamesAccepted");
  if (names?.status === "False") return failed(`its names are not accepted: ${names.message ?? names.reason ?? ""}`);
  return condition(object, "Established")?.status === "True" ? ready : progressing("is not established yet");
};

/** PersistentVolumeClaim: its first pod may bind a pending one, so the workload that uses it is waited for instead. */
export const judgeClaim: Judge = (object) => {
  if (object.status?.phase === "Lost") return failed("has lost its volume");
  return object.status?.phase === "Bound"
    ? { ...ready, message: "is bound" }
    : { ...ready, message: "waits for its first pod" };
};

function byConditions(object: KubeObject): Judgement {
  const current = conditions(object).filter(
    (c) => (c.observedGeneration ?? Infinity) >= (object.metadata.generation ?? 0),
  );
  const is = (type: string, value: string) => current.find((c) => c.type === type && c.status === value);
  const stalled = is("Stalled", "True");
  if (stalled) return failed(words(stalled.reason, stalled.message));
  const busy = is("Reconciling", "True");
  if (busy) return progressing(words(busy.reason, busy.message));
  // The condition of a failed attempt may remain after a later one has succeeded.
  if (is("Ready", "True")) return ready;
  const broken = is("Failed", "True");
  if (broken) return failed(words(broken.reason, broken.message));
  for (const type of ["Ready", "Available", "Healthy", "Established"]) {
    if (is(type, "True")) return ready;
    const not = is(type, "False");
    // Knative's conditions are False only for a final failure, and Unknown during work.
    if (not && isKnative(object)) return failed(words(not.reason, not.message));
    const open = not ?? is(type, "Unknown");
    if (open) return progressing(words(open.reason, open.message));
  }
  return conditions(object).length > current.length ? progressing("waiting for its new spec to be observed") : ready;
}

/** Argo Rollouts and a few other kinds report by a `phase`. */
function byPhase(object: KubeObject): Judgement | undefined {
  if (object.kind !== "Rollout" || !object.apiVersion.startsWith("argoproj.io/")) return undefined;
  const { phase, message } = object.status as { phase?: unknown; message?: unknown };
  if (phase === "Healthy") return ready;
  if (phase === "Degraded") return failed(words(phase, message));
  return progressing(words(phase, message));
}

function isKnative(object: KubeObject): boolean {
  return /^[\w.]*knative\.dev\//.test(object.apiVersion);
}

function words(reason: unknown, message: unknown): string {
  const said = [message, reason].find((text) => typeof text === "string" && text !== "") as string | undefined;
  return (said ?? "is not ready").replace(/\s+/g, " ").trim();
}
