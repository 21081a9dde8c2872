/** A Pod of its own: done when it is ready, or has run to a good end. */
import { condition, failed, type Judge, progressing, ready } from "./judgement.ts";
import { podFinding } from "./pod-cause.ts";
import { rollout } from "./rollout.ts";

export const judgePod: Judge = (object, around) => {
  if (object.metadata.deletionTimestamp) return progressing("is being deleted");
  const phase = object.status?.phase;
  if (phase === "Succeeded") return { ...ready, message: "has completed" };
  if (phase === "Failed") {
    const cause = podFinding(object, around)?.cause;
    return failed(cause?.message ?? "has failed", cause);
  }
  if (condition(object, "Ready")?.status === "True") return ready;
  const said = phase === "Running" ? "is not ready" : "is pending";
  return rollout(progressing(said), { ...around, pods: [object] });
};
