/**
 * A request whose headers hold one name several times, as an impersonation with several groups needs: the runtime's
 * `fetch` joins the values with commas, which the API server takes for one group. Sent by the runtime's `https` module
 * and returned as a `Response`; otherwise it behaves as `fetch`.
 */
import { request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { Readable } from "node:stream";
import type { Endpoint } from "../cluster.ts";
import { proxiedSocket } from "./proxied-socket.ts";

/** A header's value, or its values in the order in which they are sent. */
export type HeaderValues = Readonly<Record<string, string | readonly string[]>>;

export interface RepeatedRequest {
  readonly method: string;
  readonly headers: HeaderValues;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
  readonly tls: Endpoint["tls"];
  readonly proxy: string | undefined;
}

export function hasRepeats(headers: HeaderValues): boolean {
  return Object.values(headers).some((value) => typeof value !== "string");
}

/** The headers in the form for `fetch`. Only for headers where no name occurs twice. */
export function singleHeaders(headers: HeaderValues): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? value : value.join(", ")]),
  );
}

/** @throws what the socket or the proxy failed with; the signal's reason */
export async function fetchRepeated(url: string, options: RepeatedRequest): Promise<Response> {
  const { method, headers, body, signal, tls, proxy } = options;
  const { ca, serverName, ...rest } = tls;
  const trust = {
    ...rest,
    ...(ca === undefined ? {} : { ca: typeof ca === "string" ? ca : [...ca] }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
  signal.throwIfAborted();
  const socket = proxy === undefined ? undefined : await proxiedSocket(new URL(url), new URL(proxy), trust, signal);
  // A socket that is given is as secure as it has to be.
  const way = socket === undefined ? trust : { createConnection: () => socket };
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const lists = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? value : [...value]]),
  );
  const isSecure = url.startsWith("https:") && socket === undefined;
  const to = socket === undefined ? url : url.replace(/^https:/, "http:");
  const host = { Host: new URL(url).host };
  const send = isSecure ? requestSecure : requestPlain;
  const request = send(to, { method, headers: { ...host, ...lists }, ...way }, (answer) => {
    const names = Object.entries(answer.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value] as [string, string]],
    );
    const status = answer.statusCode ?? 0;
    const empty = status === 204 || status === 304;
    if (empty) answer.resume();
    const stream = empty ? null : (Readable.toWeb(answer) as unknown as ReadableStream<Uint8Array>);
    resolve(new Response(stream, { status, headers: names }));
  });
  const onAbort = () => {
    request.destroy();
    reject(signal.reason);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  request.on("error", reject);
  request.end(body);
  return promise;
}
