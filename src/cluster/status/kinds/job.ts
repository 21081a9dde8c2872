/** Job: done when it is complete; the Job itself decides how many failed pods are too many. */
import { condition, failed, type Judge, progressing, ready } from "../judgement.ts";
import { worstFinding } from "../pod-cause.ts";

/** Causes that a retry of the Job does not repair, unlike a crash. */
const hopeless = ["image", "config", "start", "architecture", "unschedulable", "volume"];

export const judgeJob: Judge = (object, around) => {
  if (condition(object, "Complete")?.status === "True") return { ...ready, message: "is complete" };
  const worst = worstFinding(around.pods, around);
  const end = [condition(object, "Failed"), condition(object, "FailureTarget")].find((c) => c?.status === "True");
  if (end) {
    const why = end.message ?? end.reason ?? "no reason is given";
    return failed(worst ? `${worst.cause.message} (${why})` : why, worst?.cause);
  }
  if (object.spec?.suspend === true) return { ...ready, message: "is suspended" };
  if (worst?.fatal && hopeless.includes(worst.cause.kind)) return failed(worst.cause.message, worst.cause);
  const { active = 0, succeeded = 0 } = object.status ?? {};
  const said = `${succeeded} of ${object.spec?.completions ?? 1} pods have succeeded, ${active} running`;
  return { ...progressing(worst?.cause.message ?? said, worst?.fatalAt), ...(worst ? { cause: worst.cause } : {}) };
};
