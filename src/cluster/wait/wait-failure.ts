/**
 * The diagnostic of a failed wait: the object and its root cause in one line, the container's last log lines as
 * evidence, one suggestion. The log is read only now, when it is needed.
 */
import { Failure } from "../../diag/failure.ts";
import { nameOf } from "../../diag/object-name.ts";
import type { Cluster, ObjectRef } from "../cluster.ts";
import { logTail } from "../logs/log-tail.ts";
import { architectureCause } from "../status/container-cause.ts";
import type { Cause, Judgement } from "../status/judgement.ts";

const logLines = 20;
const evidenceMs = 5_000;

/** @param overdue the deadline in seconds that has passed; undefined: the object has failed */
export async function waitFailure(
  cluster: Cluster,
  ref: ObjectRef,
  judgement: Judgement,
  overdue: number | undefined,
  signal: AbortSignal,
): Promise<Failure> {
  const log = await evidence(cluster, judgement.cause, signal);
  const cause = judgement.cause && withLog(judgement.cause, log);
  const message = cause && judgement.cause?.message === judgement.message ? cause.message : judgement.message;
  const late = overdue === undefined ? "" : `was not ready within ${Math.round(overdue)} s: `;
  const more = cause && cause.message !== message ? [cause.message] : [];
  const suggestion = cause?.suggestion ?? suggestionFor(ref, overdue);
  return new Failure({
    severity: "error",
    message: `${nameOf(ref)}: ${late}${message}`,
    details: [...more, ...log.map((line) => `${cause?.container ?? ""}: ${line}`)],
    suggestion,
  });
}

async function evidence(cluster: Cluster, cause: Cause | undefined, signal: AbortSignal): Promise<readonly string[]> {
  if (!cause?.pod || !cause.container || !cause.log) return [];
  try {
    const soon = AbortSignal.any([signal, AbortSignal.timeout(evidenceMs)]);
    return await logTail(cluster, cause.pod, cause.container, cause.log, logLines, soon);
  } catch {
    // The cause is reported without the log where that cannot be read.
    return [];
  }
}

/** The runtime reports a binary of another architecture only in the log. */
function withLog(cause: Cause, log: readonly string[]): Cause {
  if (cause.kind !== "crash") return cause;
  const foreign = log.some((line) => /exec format error/.test(line));
  if (foreign && cause.container) return { ...cause, ...architectureCause(cause.container) };
  if (log.length > 0 || !cause.pod) return cause;
  return { ...cause, suggestion: "it logged nothing before it ended: check its command and arguments" };
}

function suggestionFor(ref: ObjectRef, overdue: number | undefined): string {
  const namespace = ref.namespace ? ` -n ${ref.namespace}` : "";
  const look = `kubectl${namespace} describe ${ref.kind.toLowerCase()} ${ref.name}`;
  return overdue === undefined
    ? `look at it with: ${look}`
    : `raise statusCheckDeadlineSeconds, or look at it with: ${look}`;
}
