/** Follows the executor of a build to its end, and its log to the last line. */
import type { Cluster } from "../../cluster/cluster.ts";
import { ApiError } from "../../cluster/connect/api-error.ts";
import { followLog } from "../../cluster/logs/pod-logs.ts";
import { executorContainer } from "./pod.ts";
import type { PodFollower } from "./pod-follower.ts";
import { type Ended, executorEnded } from "./pod-state.ts";

/** Wait for the last lines after the executor has ended. */
const lastLinesMs = 15_000;
const tailLines = 20;

export interface ExecutorRun {
  readonly follower: PodFollower;
  readonly namespace: string;
  /** Of the pod. */
  readonly name: string;
  readonly uid: string;
  /** The artifact's, for messages. */
  readonly image: string;
  /** Gets each line of the log. */
  readonly tell: (line: string) => void;
}

/**
 * @returns how it ended, and the last lines of its log
 * @throws Failure where it does not begin or its pod is removed
 */
export async function runExecutor(
  cluster: Cluster,
  { follower, namespace, name, uid, image, tell }: ExecutorRun,
  signal: AbortSignal,
): Promise<{ readonly ended: Ended; readonly tail: readonly string[] }> {
  const tail: string[] = [];
  const onLine = (line: string) => {
    tail.push(line);
    if (tail.length > tailLines) tail.shift();
    tell(line);
  };
  const enough = new AbortController();
  const target = { namespace, pod: name, uid, container: executorContainer };
  const options = { view: follower, onLine, untilEnded: true };
  const reading = followLog(cluster, target, options, AbortSignal.any([signal, enough.signal])).catch(
    (thrown: unknown) => {
      // A user who may not read logs can still build.
      if (thrown instanceof ApiError) tell(`the executor's log cannot be read: ${thrown.message}`);
      else if (!signal.aborted && !enough.signal.aborted) throw thrown;
    },
  );
  reading.catch(() => undefined);
  try {
    const ended = await follower.until((pod) => executorEnded(pod, image), signal);
    const late = setTimeout(() => enough.abort(), lastLinesMs);
    await reading.finally(() => clearTimeout(late));
    return { ended, tail };
  } finally {
    enough.abort();
  }
}
