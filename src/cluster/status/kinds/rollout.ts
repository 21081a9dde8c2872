/**
 * Combines a controller's report on its roll-out with the state of its pods. A finished roll-out is done once its
 * containers have run for a moment; an unfinished one has failed as soon as a pod of the new revision cannot start,
 * long before any deadline.
 */
import type { Judgement, Surroundings } from "../judgement.ts";
import { failed, progressing } from "../judgement.ts";
import { worstFinding } from "../pod-cause.ts";
import { unsettled } from "../settled.ts";

/** @param said the judgement from the controller's report */
export function rollout(said: Judgement, around: Surroundings): Judgement {
  if (said.state === "ready") return settled(said, around);
  const worst = worstFinding(around.pods, around);
  if (worst === undefined) return said;
  if (said.state === "failed") return said.cause ? said : { ...said, cause: worst.cause };
  if (worst.fatal) return failed(worst.cause.message, worst.cause);
  return { ...progressing(worst.cause.message, worst.fatalAt), cause: worst.cause };
}

/** The controller's `ready` does not count yet where a container has only just started, or has ended again. */
function settled(said: Judgement, around: Surroundings): Judgement {
  const open = unsettled(around.pods, around);
  if (open === undefined) return said;
  const worst = open.ended ? worstFinding(around.pods, around) : undefined;
  if (worst?.fatal) return failed(worst.cause.message, worst.cause);
  if (worst) return { ...progressing(worst.cause.message, worst.fatalAt), cause: worst.cause };
  return progressing(
    `container ${open.container} ${open.ended ? "has ended" : "started a moment ago"}`,
    open.recheckAt,
  );
}

/** The failure where the cluster refused pods of the controller: quota, admission, a missing service account. */
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
