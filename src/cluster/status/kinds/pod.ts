/** A Pod without an owner: done when it is ready with the last applied images, or has succeeded. */
import { condition, failed, type Judge, progressing, ready } from "../judgement.ts";
import { podFinding } from "../pod-cause.ts";
import { presentPod } from "../present-pod.ts";
import { rollout } from "./rollout.ts";

export const judgePod: Judge = (object, around) => {
  if (object.metadata.deletionTimestamp) return progressing("is being deleted");
  const phase = object.status?.phase;
  if (phase === "Succeeded") return { ...ready, message: "has completed" };
  if (phase === "Failed") {
    const cause = podFinding(object, around)?.cause;
    return failed(cause?.message ?? "has failed", cause);
  }
  const { pod, replaced } = presentPod(object, around.was);
  const pods = { ...around, pods: [pod] };
  if (replaced.length > 0)
    return rollout(progressing(`container ${replaced[0]} still has the image that it had before`), pods);
  if (condition(object, "Ready")?.status === "True") return rollout(ready, pods);
  return rollout(progressing(phase === "Running" ? "is not ready" : "is pending"), pods);
};
