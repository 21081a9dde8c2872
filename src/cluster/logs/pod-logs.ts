/**
 * Follows the log of one container of one pod over restarts of the container and breaks of the connection, from its
 * begin to the end of the pod: every line once and in order. The last lines of a restarted container are read from its
 * previous log. Lines that the node itself dropped (log rotation, two restarts in quick succession) are missing.
 */

import { type Clock, systemClock } from "../../std/clock.ts";
import { linesOf } from "../../std/text/line-splitter.ts";
import type { Cluster, KubeObject } from "../cluster.ts";
import { ApiError, apiError, Unreachable } from "../connect/api-error.ts";
import { discard } from "../connect/discard.ts";
import { getObject } from "../objects/objects.ts";
import { LogPosition } from "./log-position.ts";
import { type LogReading, readLogLines } from "./read-log-lines.ts";

export interface LogTarget {
  readonly namespace: string;
  readonly pod: string;
  /** Uid of the pod; another pod with the same name is not followed. */
  readonly uid: string;
  readonly container: string;
}

/** The pod as a watch sees it, so that waiting for a container costs no request. */
export interface PodView {
  /** undefined: the pod does not exist any more. */
  pod(): KubeObject | undefined;
  /** Resolves with the next change of the pod. */
  changed(signal: AbortSignal): Promise<void>;
}

export interface FollowOptions {
  readonly view: PodView;
  /**
   * How far back to read where no line was read yet, in seconds; a function, because time passes. Default: from the
   * begin.
   */
  readonly sinceSeconds?: () => number;
  readonly onLine: (line: string) => void;
  /** The container is not started again: done as well once it has ended and all that it said was read. */
  readonly untilEnded?: boolean;
  readonly clock?: Clock;
}

const shortestPauseMs = 100;
const longestPauseMs = 3_000;
/** A connection that lasted this long was working, even without a line. */
const steadyMs = 1_000;
/** A stream that is silent for this long is opened again, because its connection may have broken without a sign. */
const silentMs = 120_000;

/**
 * Resolves when the pod does not exist any more; with `untilEnded` also when its container has ended and was read.
 * @throws ApiError where the log may not be read, the signal's reason
 */
export async function followLog(
  cluster: Cluster,
  target: LogTarget,
  options: FollowOptions,
  signal: AbortSignal,
): Promise<void> {
  const { view, clock = systemClock } = options;
  const position = new LogPosition();
  const podState = () => readState(cluster, target, signal);
  let read = 0;
  let pauseMs = shortestPauseMs;
  let last: LogReading | undefined;
  for (;;) {
    signal.throwIfAborted();
    try {
      const state = await podState();
      if (typeof state === "string") {
        // The pod is gone, so an unfinished line will not be continued.
        last?.giveRest();
        return;
      }
      if (state.begun) {
        const response = await request(cluster, target, position, options, { follow: "true" }, signal);
        const now = await podState();
        // The container was restarted, or another pod has its name: the answer may belong to either.
        if (now === "replaced" || (now !== "gone" && now.restarts !== state.restarts)) {
          await discard(response);
          continue;
        }
        if (state.restarts > read) await readPrevious();
        read = state.restarts;
        const openedAt = clock.now();
        last = await drain(response, state.over);
        const { any, whole } = last;
        if (any) pauseMs = shortestPauseMs;
        // The log can be read as long as the pod exists, which may be for moments only.
        if (!whole && (any || clock.now() - openedAt >= steadyMs)) continue;
        if (state.over && whole && options.untilEnded) return;
        // Everything was read: only a change of the pod can bring more.
        if (state.over && whole) await untilOther(view, target.container, state.key, signal);
      } else await untilOther(view, target.container, state.key, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof ApiError && (thrown.code === 403 || thrown.code === 401)) throw thrown;
      if (!isPassing(thrown)) throw thrown;
    }
    await clock.sleep(pauseMs, signal);
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }

  function drain(response: Response, final: boolean): Promise<LogReading> {
    const known = position.known();
    return readLogLines(response, silentMs, final, signal, (time, line) => {
      if (time !== undefined) {
        if (known(time)) return false;
        position.note(time);
      }
      // The node ends lines with `\n` only.
      if (line === "") options.onLine(line);
      for (const part of linesOf(line)) options.onLine(part);
      return true;
    });
  }

  async function readPrevious(): Promise<void> {
    try {
      await drain(await request(cluster, target, position, options, { previous: "true" }, signal), true);
    } catch (thrown) {
      // The previous log exists for one restart only, and not for long.
      if (!(thrown instanceof ApiError)) throw thrown;
    }
  }
}

async function request(
  cluster: Cluster,
  target: LogTarget,
  position: LogPosition,
  options: FollowOptions,
  how: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Response> {
  const path = `/api/v1/namespaces/${encodeURIComponent(target.namespace)}/pods/${encodeURIComponent(target.pod)}/log`;
  const sinceTime = position.sinceTime();
  const back = options.sinceSeconds ? String(Math.max(1, Math.ceil(options.sinceSeconds()))) : undefined;
  const query = {
    container: target.container,
    timestamps: "true",
    sinceTime,
    sinceSeconds: sinceTime === undefined ? back : undefined,
    ...how,
  };
  const response = await cluster.fetch(path, { query, accept: "*/*", signal });
  if (!response.ok)
    throw await apiError(response, `cannot read the log of ${target.container} in ${target.namespace}/${target.pod}`);
  return response;
}

interface ContainerState {
  readonly restarts: number;
  /** The container has a log. */
  readonly begun: boolean;
  /** The container does not run: its log is complete until its state changes. */
  readonly over: boolean;
  /** Equal for equal states. */
  readonly key: string;
}

async function readState(
  cluster: Cluster,
  target: LogTarget,
  signal: AbortSignal,
): Promise<ContainerState | "gone" | "replaced"> {
  const ref = { apiVersion: "v1", kind: "Pod", namespace: target.namespace, name: target.pod };
  const pod = await getObject(cluster, ref, signal);
  if (pod === undefined) return "gone";
  return pod.metadata.uid === target.uid ? stateOf(pod, target.container) : "replaced";
}

interface RawStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly restartCount?: number;
  readonly state?: { readonly running?: object; readonly terminated?: object };
  readonly lastState?: { readonly terminated?: object };
}

function stateOf(pod: KubeObject, container: string): ContainerState {
  const { containerStatuses, initContainerStatuses } = pod.status ?? {};
  const all: readonly RawStatus[] = [...(containerStatuses ?? []), ...(initContainerStatuses ?? [])];
  const status = all.find(({ name }) => name === container);
  const running = status?.state?.running !== undefined;
  const terminated = status?.state?.terminated !== undefined;
  const begun = running || terminated || status?.lastState?.terminated !== undefined;
  const restarts = status?.restartCount ?? 0;
  return { restarts, begun, over: begun && !running, key: `${status?.containerID} ${restarts} ${running} ${begun}` };
}

/** Waits until the pod is gone or its container is in another state than the given one. */
async function untilOther(view: PodView, container: string, key: string, signal: AbortSignal): Promise<void> {
  for (let pod = view.pod(); pod !== undefined && stateOf(pod, container).key === key; pod = view.pod())
    await view.changed(signal);
}

/** Whether the error is one of a server that restarts, or of a container between two states. */
function isPassing(thrown: unknown): boolean {
  return thrown instanceof Unreachable || thrown instanceof ApiError;
}
