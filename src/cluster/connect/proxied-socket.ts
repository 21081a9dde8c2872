/**
 * A connection to the API server through an HTTP proxy's CONNECT, for requests that the runtime's `fetch` cannot send.
 * TLS passes through the proxy unchanged. Streams have their own connections (`stream/dial.ts`), on the runtime's
 * sockets.
 */
import { once } from "node:events";
import { connect as connectPlain, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";

/** Limit for the answer to CONNECT. */
const mostHead = 16_384;

/**
 * @param proxy `http://`, with its login
 * @param trust of the API server; its `servername` wins over the host of the address
 * @throws what a socket failed with, the proxy's refusal, the signal's reason
 */
export async function proxiedSocket(
  server: URL,
  proxy: URL,
  trust: ConnectionOptions,
  signal: AbortSignal,
): Promise<Socket> {
  const far = connectPlain(Number(proxy.port || 80), bare(proxy.hostname));
  let socket: Socket = far;
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const watch = (one: Socket) => {
    one.on("error", failed.reject);
    one.on("close", () =>
      failed.reject(Object.assign(new Error("the proxy closed the connection"), { code: "ECONNRESET" })),
    );
  };
  watch(far);
  const next = (of: Socket, event: string) => Promise.race([once(of, event, { signal }), failed.promise]);
  try {
    await next(far, "connect");
    const host = `${server.hostname}:${server.port || (server.protocol === "https:" ? 443 : 80)}`;
    const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
    const login = proxy.username ? `Proxy-Authorization: Basic ${Buffer.from(user).toString("base64")}\r\n` : "";
    far.write(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n${login}\r\n`);
    let head = "";
    while (!head.includes("\r\n\r\n") && head.length < mostHead) {
      const [chunk] = (await next(far, "data")) as [Buffer];
      head += chunk.toString("latin1");
    }
    if (!/^HTTP\/1\.[01] 2\d\d/.test(head)) throw new Error(`the proxy said: ${head.split("\r\n", 1)[0]}`);
    if (server.protocol !== "https:") return far;
    const name = bare(server.hostname);
    const servername = isIP(name) === 0 ? { servername: name } : {};
    socket = connectTls({ host: name, ...servername, ...trust, socket: far });
    watch(socket);
    await next(socket, "secureConnect");
    return socket;
  } catch (thrown) {
    socket.destroy();
    far.destroy();
    signal.throwIfAborted();
    throw thrown;
  }
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}
