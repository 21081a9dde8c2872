/**
 * A bridge to the API server through a proxy that the runtime does not support: SOCKS5, or an HTTP proxy behind TLS. It
 * is a CONNECT proxy on loopback, so that requests and streams use one way and only need `http://`.
 * Every user of the machine can connect to the loopback port, so it requires a random password. TLS to the API server
 * passes through the bridge unchanged.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { Failure } from "../../diag/failure.ts";
import { machineAuthorities } from "../../std/tls-trust.ts";

/** Longer than any CONNECT request. */
const mostHead = 16_384;
const dialMs = 15_000;

/**
 * Whether a proxy needs a bridge.
 * @throws Failure, without the proxy's login, for a scheme that is no proxy's and for a login that cannot be read
 */
export function needsBridge(proxy: string): boolean {
  if (!URL.canParse(proxy))
    throw new Failure({
      severity: "error",
      message: `the proxy ${JSON.stringify(proxy.replace(/^.*@/s, ""))} cannot be used: it is no address`,
      suggestion: "write it with its scheme, such as http://proxy:3128",
    });
  const { protocol, host, username, password } = new URL(proxy);
  if (!isEscaped(username + password))
    throw new Failure({
      severity: "error",
      message: `the proxy ${protocol}//${host} cannot be used: its user name or password has a % that begins no escape`,
      suggestion: "write each % of them as %25",
    });
  if (protocol === "http:") return false;
  if (["https:", "socks5:", "socks5h:"].includes(protocol)) return true;
  throw new Failure({
    severity: "error",
    message: `the proxy ${protocol}//${host} cannot be used: its scheme is not known`,
    suggestion: "use an http, https or socks5 proxy",
  });
}

function isEscaped(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Opens the bridge, which lasts as long as the process.
 * @returns its address, which includes the password
 */
export async function openBridge(proxy: string): Promise<string> {
  const upstream = new URL(proxy);
  const password = randomBytes(24).toString("hex");
  const expected = Buffer.from(`Basic ${Buffer.from(`devloop:${password}`).toString("base64")}`);
  const server = createServer((client) => {
    // An error of a client that disconnects while it is served is ignored.
    client.on("error", () => client.destroy());
    void serve(client, upstream, expected);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  const address = server.address();
  return `http://devloop:${password}@127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
}

async function serve(client: Socket, upstream: URL, expected: Buffer): Promise<void> {
  try {
    const head = await headOf(client);
    const shown = Buffer.from(/^proxy-authorization: *(.*)$/im.exec(head)?.[1]?.trim() ?? "");
    if (shown.length !== expected.length || !timingSafeEqual(shown, expected))
      return refuse(client, 407, "no password");
    const [, name = "", port = ""] = /^CONNECT \[?([^\s\]]+)\]?:(\d+) HTTP/.exec(head) ?? [];
    if (name === "") return refuse(client, 405, "only CONNECT is served");
    const target = { host: name, port: Number(port) };
    const far =
      upstream.protocol === "https:" ? await throughTls(upstream, target) : await throughSocks(upstream, target);
    far.on("error", () => client.destroy());
    // The client may have disconnected while the proxy was being asked.
    if (client.destroyed) far.destroy();
    client.on("close", () => far.destroy());
    far.on("close", () => client.destroy());
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    far.pipe(client);
    client.pipe(far);
  } catch (thrown) {
    refuse(client, 502, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** Everything up to the empty line; a client sends nothing more before the answer. */
async function headOf(client: Socket): Promise<string> {
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const [chunk] = (await once(client, "data", { signal: AbortSignal.timeout(dialMs) })) as [Buffer];
    head += chunk.toString("latin1");
    if (head.length > mostHead) throw new Error("the request is too long");
  }
  client.pause();
  return head;
}

function refuse(client: Socket, status: number, why: string): void {
  client.end(`HTTP/1.1 ${status} ${why.replace(/[^ -~]+/g, " ")}\r\nContent-Length: 0\r\n\r\n`);
}

interface Target {
  readonly host: string;
  readonly port: number;
}

/** The proxy resolves names, as in Go programs for both `socks5` and `socks5h`. */
async function throughSocks({ hostname, port, username, password }: URL, target: Target): Promise<Socket> {
  const { SocksClient } = await import("socks");
  const proxy = {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || 1080),
    type: 5 as const,
    ...(username === "" ? {} : { userId: decodeURIComponent(username), password: decodeURIComponent(password) }),
  };
  const { socket } = await SocksClient.createConnection({
    proxy,
    command: "connect",
    destination: target,
    timeout: dialMs,
  });
  return socket;
}

async function throughTls({ hostname, port, username, password }: URL, target: Target): Promise<Socket> {
  const host = hostname.replace(/^\[|\]$/g, "");
  // An IP address is not sent as SNI: the certificate is checked for the address itself.
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const socket = connectTls({ host, port: Number(port || 443), ...servername, ca: [...machineAuthorities()] });
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => undefined);
  socket.on("error", gone.reject);
  socket.on("close", () => gone.reject(new Error("the proxy closed the connection")));
  const limit = AbortSignal.timeout(dialMs);
  const next = (event: string) => Promise.race([once(socket, event, { signal: limit }), gone.promise]);
  try {
    await next("secureConnect");
    const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    const login = username === "" ? "" : `Proxy-Authorization: Basic ${Buffer.from(user).toString("base64")}\r\n`;
    const name = `${target.host.includes(":") ? `[${target.host}]` : target.host}:${target.port}`;
    socket.write(`CONNECT ${name} HTTP/1.1\r\nHost: ${name}\r\n${login}\r\n`);
    let head = "";
    while (!head.includes("\r\n\r\n")) {
      const [chunk] = (await next("data")) as [Buffer];
      head += chunk.toString("latin1");
      if (head.length > mostHead) throw new Error("the proxy's answer is too long");
    }
    if (!/^HTTP\/1\.[01] 2\d\d/.test(head)) throw new Error(`the proxy said: ${head.split("\r\n", 1)[0]}`);
    return socket;
  } catch (thrown) {
    socket.destroy();
    throw limit.aborted ? new Error(`the proxy did not answer within ${dialMs / 1000} s`) : thrown;
  }
}
