/**
 * Sends requests to one API server: identity, TLS, proxy, time-outs and repeats. The runtime keeps connections alive. A
 * body has no time limit here, because watches are idle for hours; an answer's head has one, so that a server which
 * accepts and never answers becomes an error.
 * Only requests that may safely be sent twice are repeated: reads, and writes that allow it. A request that the server
 * rejected unread (429) is always repeated, after the time that the server asks for.
 */
import { Failure } from "../../diag/failure.ts";
import type { Clock } from "../../std/clock.ts";
import { issuerOf, machineAuthorities } from "../../std/tls-trust.ts";
import type { Endpoint, RequestOptions } from "../cluster.ts";
import type { Access } from "./access.ts";
import { Unreachable, unreachable } from "./api-error.ts";
import type { Credential, CredentialSource } from "./credential.ts";
import { discard } from "./discard.ts";
import { fetchRepeated, type HeaderValues, hasRepeats, singleHeaders } from "./repeated-headers.ts";

export interface Limits {
  /** Until the very first answer. */
  readonly connectMs: number;
  /** Until the head of any later answer to a read. */
  readonly answerMs: number;
  /** Until the head of the answer to a write: each admission webhook may take up to 30 s. */
  readonly writeMs: number;
}

export const usualLimits: Limits = { connectMs: 10_000, answerMs: 30_000, writeMs: 70_000 };

const pausesMs = [100, 250, 600];
const mostTurnedAway = 10;
const longestRetryAfterMs = 30_000;

export interface Transport {
  readonly endpoint: Endpoint;
  send(path: string, options: RequestOptions): Promise<Response>;
}

export function transport(
  access: Access,
  credentials: CredentialSource,
  /** @param proxy the address of an HTTP proxy; undefined: the server is reached directly */
  proxy: string | undefined,
  limits: Limits,
  clock: Clock,
): Transport {
  const secure = access.server.startsWith("https:");
  const trust = {
    ...(access.ca !== undefined ? { ca: access.ca } : secure && !access.insecure ? { ca: machineAuthorities() } : {}),
    ...(access.serverName === undefined ? {} : { serverName: access.serverName }),
    ...(access.insecure ? { rejectUnauthorized: false } : {}),
  };
  const never = new AbortController().signal;
  let answered = false;

  const endpoint: Endpoint = {
    url: access.server,
    get tls() {
      const { cert, key } = credentials.last();
      return cert && key ? { ...trust, cert, key } : trust;
    },
    headers: async (signal = never) => ({ ...(await credentials.current(signal)).headers }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(access.ca === undefined ? {} : { authority: access.ca }),
  };

  /** The error with the issuer of a refused certificate; behind a proxy the issuer is not read. */
  const refusal = async (thrown: unknown, signal: AbortSignal): Promise<Unreachable> => {
    const failure = unreachable(thrown, access.context, access.server);
    if (failure.silence !== "certificate" || proxy !== undefined) return failure;
    const { hostname, port } = new URL(access.server);
    const at = { hostname: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 443), serverName: access.serverName };
    const issuer = await issuerOf(at, signal);
    if (issuer === undefined) return failure;
    const words = `${failure.message} (its certificate was issued by ${issuer})`;
    return new Unreachable("certificate", words, failure.diagnostics[0]?.suggestion ?? "");
  };

  /** One try: the head of the answer, or an Unreachable. */
  const once = async (
    url: string,
    options: RequestOptions,
    credential: Credential,
    signal: AbortSignal,
  ): Promise<Response> => {
    const tooLate = new AbortController();
    const isWrite = (options.method ?? "GET") !== "GET";
    const limit = options.timeoutMs ?? (isWrite ? limits.writeMs : answered ? limits.answerMs : limits.connectMs);
    const timer = limit > 0 ? setTimeout(() => tooLate.abort(), limit) : undefined;
    try {
      const method = options.method ?? "GET";
      const headers: HeaderValues = {
        Accept: options.accept ?? "application/json",
        ...(options.body === undefined ? {} : { "Content-Type": options.contentType ?? "application/json" }),
        ...credential.headers,
      };
      const either = AbortSignal.any([signal, tooLate.signal]);
      if (hasRepeats(headers)) {
        const { tls } = endpoint;
        const answer = await fetchRepeated(url, { method, headers, body: options.body, signal: either, tls, proxy });
        answered = true;
        return answer;
      }
      const response = await fetch(url, {
        method,
        headers: singleHeaders(headers),
        redirect: "manual",
        signal: either,
        tls: endpoint.tls,
        // `false` keeps the runtime from using the environment's proxy; its types do not allow it.
        proxy: proxy ?? (false as unknown as string),
        timeout: false,
        ...(options.body === undefined ? {} : { body: options.body }),
      } as BunFetchRequestInit);
      answered = true;
      return response;
    } catch (thrown) {
      signal.throwIfAborted();
      if (tooLate.signal.aborted)
        throw new Unreachable(
          "timeout",
          `the API server of the context "${access.context}" at ${access.server} did not answer within ${limit / 1000} s`,
          "is the cluster paused or overloaded?",
        );
      throw thrown instanceof Failure ? thrown : await refusal(thrown, signal);
    } finally {
      clearTimeout(timer);
    }
  };

  const send = async (path: string, options: RequestOptions): Promise<Response> => {
    const signal = options.signal ?? never;
    const url = `${access.server}${path}${queryText(path, options.query)}`;
    const repeatable = options.repeatable ?? (options.method ?? "GET") === "GET";
    let broken = 0;
    let turnedAway = 0;
    let renewed = false;
    for (;;) {
      signal.throwIfAborted();
      const credential = await credentials.current(signal);
      let response: Response;
      try {
        response = await once(url, options, credential, signal);
      } catch (thrown) {
        const pause = pausesMs[broken++];
        const passing = thrown instanceof Unreachable && (thrown.silence === "reset" || thrown.silence === "refused");
        if (!repeatable || !passing || pause === undefined) throw thrown;
        await clock.sleep(pause, signal);
        continue;
      }
      if (response.status === 401 && !renewed && credentials.refused(credential)) {
        renewed = true;
        await discard(response);
        continue;
      }
      const wait = retryAfterMs(response, repeatable);
      if (wait === undefined || turnedAway++ >= mostTurnedAway) return response;
      await discard(response);
      await clock.sleep(wait, signal);
    }
  };
  return { endpoint, send };
}

/** How long the server asks the client to wait; undefined: this answer is final. */
function retryAfterMs(response: Response, repeatable: boolean): number | undefined {
  const header = response.headers.get("retry-after");
  const turnedAway = response.status === 429 || (response.status >= 500 && repeatable && header !== null);
  if (!turnedAway) return undefined;
  const seconds = header === null ? 1 : Number(header);
  return Math.min(longestRetryAfterMs, Math.max(50, (Number.isFinite(seconds) ? seconds : 1) * 1000));
}

function queryText(path: string, query: RequestOptions["query"]): string {
  const set = Object.entries(query ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (set.length === 0) return "";
  return `${path.includes("?") ? "&" : "?"}${new URLSearchParams(set)}`;
}
