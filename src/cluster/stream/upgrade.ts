/**
 * Turns one request into a raw stream: HTTP/1.1 with `Upgrade`, answered by 101, after which both sides use another
 * protocol. An answer other than 101 is read to its end, so that the error has the server's message.
 */

import type { Cluster } from "../cluster.ts";
import { ApiError, refusalOf, Unreachable } from "../connect/api-error.ts";
import { discard } from "../connect/discard.ts";
import type { HeaderValues } from "../connect/repeated-headers.ts";
import { type Answer, answerReader } from "./answer.ts";
import type { ByteSocket } from "./byte-socket.ts";
import { dial } from "./dial.ts";

export interface UpgradeRequest {
  readonly method: "GET" | "POST";
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Begins the message of a failure: `cannot run a command in shop/web`. */
  readonly action: string;
}

export interface Upgraded {
  /** Without a listener yet; bytes behind the 101 are kept for the first one. */
  readonly socket: ByteSocket;
  /** Headers of the 101, names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

const openMs = 15_000;

/** @throws ApiError with the server's message where it refuses, Unreachable, the signal's reason */
export async function upgrade(cluster: Cluster, request: UpgradeRequest, signal: AbortSignal): Promise<Upgraded> {
  try {
    return await once(cluster, request, signal);
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || thrown.code !== 401) throw thrown;
    // An ordinary request renews an expired credential; without that, a second try would fail too.
    const probe = await cluster.fetch(request.path, { signal });
    await discard(probe);
    if (probe.status === 401) throw thrown;
    return once(cluster, request, signal);
  }
}

async function once(cluster: Cluster, request: UpgradeRequest, signal: AbortSignal): Promise<Upgraded> {
  // Done first, because a plugin's certificate is known only after its headers, and a plugin may ask its user.
  const credential = await cluster.endpoint.headers(signal);
  const tooLate = new AbortController();
  const timer = setTimeout(() => tooLate.abort(), openMs);
  const either = AbortSignal.any([signal, tooLate.signal]);
  let socket: ByteSocket | undefined;
  const abandon = () => socket?.terminate();
  either.addEventListener("abort", abandon, { once: true });
  try {
    socket = await dial(cluster, either);
    socket.write(requestText(cluster, request, credential));
    const answer = await readAnswer(socket, cluster);
    if (answer.code === 101) return { socket, headers: answer.headers };
    socket.terminate();
    throw refusalOf(answer.body.toString("utf8"), answer.code, request.action);
  } catch (thrown) {
    socket?.terminate();
    signal.throwIfAborted();
    if (!tooLate.signal.aborted) throw thrown;
    const where = `the API server of the context "${cluster.context}" at ${cluster.endpoint.url}`;
    throw new Unreachable(
      "timeout",
      `${where} did not answer within ${openMs / 1000} s`,
      "is the cluster paused or overloaded?",
    );
  } finally {
    clearTimeout(timer);
    either.removeEventListener("abort", abandon);
  }
}

function requestText(cluster: Cluster, request: UpgradeRequest, credential: HeaderValues): Uint8Array {
  const { host, pathname } = new URL(cluster.endpoint.url);
  const prefix = pathname.replace(/\/+$/, "");
  const headers = { Host: host, "User-Agent": "devloop", Connection: "Upgrade", ...request.headers, ...credential };
  const lines = Object.entries<string | readonly string[]>(headers).flatMap(([name, values]) =>
    (typeof values === "string" ? [values] : values).map((value) => `${name}: ${value}\r\n`),
  );
  const length = request.method === "POST" ? "Content-Length: 0\r\n" : "";
  return Buffer.from(`${request.method} ${prefix}${request.path} HTTP/1.1\r\n${lines.join("")}${length}\r\n`);
}

/** @throws Unreachable where the connection ends before the head is complete */
function readAnswer(socket: ByteSocket, cluster: Cluster): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const reader = answerReader();
  socket.listen({
    data(bytes) {
      const answer = reader.take(bytes);
      if (answer === undefined) return;
      // The next listener gets the rest first.
      if (answer.code === 101) socket.unread(answer.body);
      resolve(answer);
    },
    drained: () => undefined,
    closed() {
      const answer = reader.end();
      if (answer !== undefined) return resolve(answer);
      const where = `the API server of the context "${cluster.context}" at ${cluster.endpoint.url}`;
      reject(new Unreachable("reset", `${where} closed the connection`, "is the cluster starting or ending?"));
    },
  });
  return promise;
}
