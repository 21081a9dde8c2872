/**
 * One request whose answer is JSON and fits into memory: used for everything except watches and streams. Adds to the
 * transport a time limit for stalled bodies, and repeats reads whose body was cut.
 */
import { Failure } from "../../diag/failure.ts";
import { boundedText } from "../../std/bytes/bounded-body.ts";
import { TooLong } from "../../std/text/too-long.ts";
import type { Cluster, RequestOptions } from "../cluster.ts";
import { apiError, isBroken, Unreachable, unreachable } from "./api-error.ts";

const bodyMs = 60_000;
/** Far more than a page of a list, because an object has at most some megabytes. */
const mostBody = 256 << 20;
const mostCut = 3;

/**
 * The parsed body.
 * @param action begins the message of a failure: `cannot list pods`
 * @throws ApiError, Unreachable
 */
export async function requestJson<T>(
  cluster: Cluster,
  path: string,
  options: RequestOptions,
  action: string,
): Promise<T> {
  return (await requestAnswer<T>(cluster, path, options, action)).body;
}

/** As `requestJson`, with the status code (201: created). */
export async function requestAnswer<T>(
  cluster: Cluster,
  path: string,
  options: RequestOptions,
  action: string,
): Promise<{ readonly code: number; readonly body: T }> {
  const repeatable = options.repeatable ?? (options.method ?? "GET") === "GET";
  for (let cut = 1; ; cut++) {
    const ended = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, ended.signal]) : ended.signal;
    const response = await cluster.fetch(path, { ...options, signal });
    const timer = setTimeout(() => ended.abort(), bodyMs);
    try {
      if (!response.ok) throw await apiError(response, action);
      const body: unknown = JSON.parse(await boundedText(response, mostBody));
      if (typeof body !== "object" || body === null || Array.isArray(body)) throw new SyntaxError("no object");
      return { code: response.status, body: body as T };
    } catch (thrown) {
      options.signal?.throwIfAborted();
      const failure = asFailure(thrown, cluster, action, ended.signal.aborted);
      if (!repeatable || cut >= mostCut || !(failure instanceof Unreachable) || failure.silence !== "reset")
        throw failure;
    } finally {
      clearTimeout(timer);
    }
  }
}

function asFailure(thrown: unknown, cluster: Cluster, action: string, tooLate: boolean): unknown {
  if (thrown instanceof TooLong) return new Failure(`${action}: ${thrown.message}`);
  if (tooLate)
    return new Unreachable(
      "timeout",
      `the API server at ${cluster.endpoint.url} stopped in the middle of an answer`,
      "is the cluster paused?",
    );
  if (isBroken(thrown)) return unreachable(thrown, cluster.context, cluster.endpoint.url);
  if (thrown instanceof SyntaxError)
    return new Unreachable(
      "other",
      `${cluster.endpoint.url} answered with something that is no JSON object`,
      "is this address a Kubernetes API server?",
    );
  return thrown;
}
