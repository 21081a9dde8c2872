/**
 * Joins what a controller says of its roll-out with what its pods say. A roll-out that is done is done; one that is not
 * has failed as soon as a pod of the new revision cannot come up, long before any deadline.
 */
import type { Judgement, Surroundings } from "./judgement.ts";
import { failed, progressing } from "./judgement.ts";
import { worstFinding } from "./pod-cause.ts";

/** `said`: the controller's own view. */
export function rollout(said: Judgement, around: Surroundings): Judgement {
  if (said.state === "ready") return said;
  const worst = worstFinding(around.pods, around);
  if (worst === undefined) return said;
  if (said.state === "failed") return said.cause ? said : { ...said, cause: worst.cause };
  if (worst.fatal) return failed(worst.cause.message, worst.cause);
  return { ...progressing(worst.cause.message, worst.fatalAt), cause: worst.cause };
}

/** Pods that the controller was refused: quota, admission, a missing service account. */
export function refusal(reason: string | undefined, message: string | undefined): Judgement {
  const words = (message ?? reason ?? "no reason is given").replace(/\s+/g, " ");
  const suggestion = /exceeded quota/.test(words)
    ? "free some of the namespace's quota, or lower the requests"
    : /admission webhook/.test(words)
      ? "the webhook's words say what it wants changed"
      : "change what the server's words name";
  const cause = { kind: "refused" as const, message: `its pods are refused: ${words}`, suggestion };
  return failed(cause.message, cause);
}
