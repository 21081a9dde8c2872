/**
 * Follows the log of one container of one pod, over restarts of the container and breaks of the connection, from its
 * begin to the end of the pod: every line once and in order. What a restarted container said last is read from its
 * previous log. Lines that were lost on the node itself (rotated away, two restarts in a blink) cannot be had.
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
  /** Another pod under the same name is not followed. */
  readonly uid: string;
  readonly container: string;
}

/** The pod as a watch sees it, so that a container that says nothing costs no request. */
export interface PodView {
  /** undefined: it is gone. */
  pod(): KubeObject | undefined;
  /** Resolves with the next change of it. */
  changed(signal: AbortSignal): Promise<void>;
}

export interface FollowOptions {
  readonly view: PodView;
  /** How far back to read where nothing was read yet, in seconds; a function, as time passes. Default: from the begin. */
  readonly sinceSeconds?: () => number;
  readonly onLine: (line: string) => void;
  readonly clock?: Clock;
}

const shortestPauseMs = 100;
const longestPauseMs = 3_000;
/** A connection that lasted this long was a good one, whether or not anything was said. */
const steadyMs = 1_000;
/** A stream that was silent for so long is begun again: its connection may have died with nobody to say so. */
const silentMs = 120_000;

/**
 * Resolves when the pod is gone.
 * @throws ApiError where the log may not be read, the signal's reason.
 */
export async function followLog(
  cluster: Cluster,
  target: LogTarget,
  options: FollowOptions,
  signal: AbortSignal,
): Promise<void> {
  const { view, clock = systemClock } = options;
  const position = new LogPosition();
  const look = () => lookAt(cluster, target, signal);
  let read = 0;
  let pauseMs = shortestPauseMs;
  let last: LogReading | undefined;
  for (;;) {
    signal.throwIfAborted();
    try {
      const state = await look();
      if (typeof state === "string") {
        // What the pod had begun to say is all that there will be of it.
        last?.giveRest();
        return;
      }
      if (state.begun) {
        const response = await request(cluster, target, position, options, { follow: "true" }, signal);
        const now = await look();
        // A container that was restarted, or another pod by its name: the answer may be of either.
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
        // The rest can be read for as long as the pod is there, which may be for moments only.
        if (!whole && (any || clock.now() - openedAt >= steadyMs)) continue;
        // All was read: only a change of the pod can bring more.
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
      // The node ends a line at `\n` alone.
      if (line === "") options.onLine(line);
      for (const part of linesOf(line)) options.onLine(part);
      return true;
    });
  }

  async function readPrevious(): Promise<void> {
    try {
      await drain(await request(cluster, target, position, options, { previous: "true" }, signal), true);
    } catch (thrown) {
      // Kept for one restart only, and not for long.
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
  /** It has a log. */
  readonly begun: boolean;
  /** It does not run: a log that ends is all there is until something changes. */
  readonly over: boolean;
  /** Equal for equal states. */
  readonly key: string;
}

async function lookAt(
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

/** Until the pod is gone or its container is in another state than the one we know. */
async function untilOther(view: PodView, container: string, key: string, signal: AbortSignal): Promise<void> {
  for (let pod = view.pod(); pod !== undefined && stateOf(pod, container).key === key; pod = view.pod())
    await view.changed(signal);
}

/** What a server that restarts, or a container between two states, answers. */
function isPassing(thrown: unknown): boolean {
  return thrown instanceof Unreachable || thrown instanceof ApiError;
}
