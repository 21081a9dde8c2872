/**
 * Opens a connection to the API server with the same identity, trust and proxy as requests: TCP, the proxy's CONNECT
 * where there is one, TLS. No byte is sent to a server that is not trusted. HTTP is used for CONNECT only.
 */
import type { Socket, SocketHandler } from "bun";
import { Failure } from "../../diag/failure.ts";
import type { Cluster } from "../cluster.ts";
import { unreachable } from "../connect/api-error.ts";
import { ByteSocket } from "./byte-socket.ts";

interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** Limit for the answer to CONNECT; a longer one does not come from a proxy. */
const mostConnectAnswer = 16_384;

/** @throws Unreachable, Failure for a proxy that refuses or cannot be used; the signal's reason */
export async function dial(cluster: Cluster, signal: AbortSignal): Promise<ByteSocket> {
  signal.throwIfAborted();
  const { url, proxy } = cluster.endpoint;
  const server = new URL(url);
  const target = addressOf(server);
  const via = proxy === undefined ? undefined : new URL(proxy);
  const opening = Promise.withResolvers<ByteSocket>();
  // It may reject before it is awaited, while the connection is being made.
  opening.promise.catch(() => undefined);
  const fail = (thrown: unknown) =>
    opening.reject(thrown instanceof Failure ? thrown : unreachable(thrown, cluster.context, url));
  let raw: Socket<undefined> | undefined;
  let givenUp = false;
  const onAbort = () => {
    opening.reject(signal.reason);
    raw?.terminate();
  };
  // The connection attempt itself is not awaited, because a server that does not answer its first packet blocks it for
  // minutes.
  const connecting = (made: Promise<Socket<undefined>>) =>
    void made.then((socket) => {
      raw = socket;
      if (givenUp) socket.terminate();
    }, fail);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const secure = server.protocol === "https:" ? tlsOf(cluster, target) : undefined;
    const handler = socketHandler(secure?.rejectUnauthorized !== false, secure !== undefined, opening.resolve, fail);
    if (via) {
      const begin = (socket: Socket<undefined>) => {
        if (secure) return void socket.upgradeTLS({ data: undefined, tls: secure, socket: handler });
        socket.reload({ socket: handler });
        handler.open?.(socket);
      };
      const socket = tunnelHandler(target, via, begin, fail);
      connecting(Bun.connect({ ...addressOf(via), data: undefined, socket }));
    } else connecting(Bun.connect({ ...target, data: undefined, socket: handler, ...(secure ? { tls: secure } : {}) }));
    return await opening.promise;
  } catch (thrown) {
    givenUp = true;
    raw?.terminate();
    signal.throwIfAborted();
    throw thrown instanceof Failure ? thrown : unreachable(thrown, cluster.context, url);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function addressOf(url: URL): Address {
  const usual = url.protocol === "https:" ? 443 : 80;
  return { hostname: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || usual) };
}

function tlsOf(cluster: Cluster, target: Address) {
  const { ca, cert, key, serverName, rejectUnauthorized } = cluster.endpoint.tls;
  return {
    serverName: serverName ?? target.hostname,
    ...(ca === undefined ? {} : { ca: typeof ca === "string" ? ca : [...ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

/**
 * Handlers of the socket that carries the stream. The runtime reports it as open before TLS is done, so only the
 * handshake counts.
 */
function socketHandler(
  strict: boolean,
  secure: boolean,
  opened: (socket: ByteSocket) => void,
  fail: (thrown: unknown) => void,
): SocketHandler<undefined> {
  let bytes: ByteSocket | undefined;
  const start = (socket: Socket<undefined>) => {
    bytes = new ByteSocket(socket);
    opened(bytes);
  };
  return {
    open(socket) {
      if (!secure) start(socket);
    },
    handshake(socket, trusted, problem) {
      if (trusted || !strict) return start(socket);
      fail(Object.assign(new Error(problem?.message ?? "the certificate was refused"), { code: "CERT_REFUSED" }));
      socket.terminate();
    },
    data: (_, data) => bytes?.onData(data),
    drain: () => bytes?.onDrain(),
    // These connections are never half-closed, so the other side's end closes them.
    end: (socket) => void socket.end(),
    close(_, problem) {
      fail(Object.assign(new Error(problem?.message ?? "the connection was closed"), { code: "ECONNRESET" }));
      bytes?.onClose();
    },
    // A close event follows.
    error: () => undefined,
  };
}

/** Handlers of the socket to a proxy, until the proxy has connected it; afterwards it carries the TLS socket. */
function tunnelHandler(
  target: Address,
  proxy: URL,
  begin: (socket: Socket<undefined>) => void,
  fail: (thrown: unknown) => void,
): SocketHandler<undefined> {
  const name = target.hostname.includes(":") ? `[${target.hostname}]` : target.hostname;
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const login = proxy.username ? `Proxy-Authorization: Basic ${Buffer.from(user).toString("base64")}\r\n` : "";
  let answer = "";
  let connected = false;
  return {
    open(socket) {
      const host = `${name}:${target.port}`;
      socket.write(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n${login}\r\n`);
    },
    data(socket, data) {
      if (connected) return;
      answer += data.toString("latin1");
      if (!answer.includes("\r\n\r\n") && answer.length < mostConnectAnswer) return;
      if (/^HTTP\/1\.[01] 2\d\d/.test(answer)) {
        connected = true;
        begin(socket);
        return;
      }
      const said = answer.split("\r\n", 1)[0] ?? "";
      fail(new Failure(`the proxy ${proxy.host} does not connect to ${name}:${target.port}: ${said}`));
      socket.terminate();
    },
    drain: () => undefined,
    close: () => fail(new Failure(`the proxy ${proxy.host} closed the connection`)),
    error: () => undefined,
  };
}
