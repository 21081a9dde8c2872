/**
 * A recording fault proxy before a real API server. It ends TLS on both sides with the client's real credentials and
 * passes bytes through, so watches and upgrades (exec, port-forward) are what they are; it notes every request, and can
 * delay, answer, cut, drop or freeze the ones a test names.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, connect as dialTls, type Server, type TLSSocket } from "node:tls";
import { connect } from "../../src/cluster/connect/connect.ts";
import { requestReader } from "./http-request-reader.ts";

export interface KubeRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly upgraded: boolean;
  /** Milliseconds since the proxy started. */
  readonly at: number;
  /** Bytes towards the server and back so far, heads included. */
  sent: number;
  received: number;
  /** Of the answer's first line; absent until it came. */
  status?: number;
}

export type KubeFault =
  /** Passes the request on when the promise settles. */
  | { readonly kind: "hold"; readonly until: Promise<unknown> }
  /** Answers in the server's place, which never sees the request. */
  | { readonly kind: "answer"; readonly status: number; readonly body: unknown; readonly retryAfter?: number }
  /** Destroys the connection once so many bytes of the answer have come; 0: at the request. */
  | { readonly kind: "cut"; readonly after: number }
  /** Lets the server act, and destroys the connection before its answer reaches the client. */
  | { readonly kind: "lose-answer" };

export interface KubeProxy extends AsyncDisposable {
  /** Path of a kubeconfig with one context, `proxied`. */
  readonly kubeconfig: string;
  readonly requests: readonly KubeRequest[];
  /** Requests that can change the cluster: no dry runs, no reviews. */
  writes(): readonly KubeRequest[];
  count(method: string, path: RegExp): number;
  /** Forgets the requests so far. */
  forget(): void;
  /** Applies to the next `times` requests that match, all by default. `path` is matched with its query. @returns its end. */
  rule(method: string, path: RegExp, fault: KubeFault, times?: number): () => void;
  /** Destroys the connections whose current request matches; all by default. */
  cut(path?: RegExp): void;
  /** Destroys every connection, and each new one at once, as a server does that is restarting. @returns its end. */
  refuse(): () => void;
  /** From now on nothing passes in either direction, on old and new connections. @returns the thaw. */
  freeze(): () => void;
  /** Whether anything waits for the thaw. */
  readonly withholds: boolean;
}

interface Rule {
  readonly method: string;
  readonly path: RegExp;
  readonly fault: KubeFault;
  left: number;
}

interface Link {
  readonly client: TLSSocket;
  readonly server: TLSSocket;
  current: KubeRequest | undefined;
}

export async function startKubeProxy(from: { kubeconfig: string; context: string }): Promise<KubeProxy> {
  const cluster = await connect({ ...from, env: process.env });
  const { Authorization: shown } = await cluster.endpoint.headers();
  const token = typeof shown === "string" ? shown.replace(/^Bearer /, "") : undefined;
  const { url, tls } = cluster.endpoint;
  const upstream = new URL(url);
  const folder = await mkdtemp(join(tmpdir(), "devloop-kube-proxy-"));
  const authority = await selfSigned(folder);

  const started = performance.now();
  const requests: KubeRequest[] = [];
  const links = new Set<Link>();
  let rules: Rule[] = [];
  let thawed = Promise.resolve();
  let frozen = false;
  let withholds = false;
  let refuses = false;

  const faultOf = (request: KubeRequest, whole: string): KubeFault | undefined => {
    const rule = rules.find((r) => r.left > 0 && r.method === request.method && r.path.test(whole));
    if (rule) rule.left--;
    return rule?.fault;
  };

  const server = createServer({ key: authority.key, cert: authority.cert, ALPNProtocols: ["http/1.1"] }, (client) => {
    if (refuses) {
      client.on("error", () => undefined);
      client.destroy();
      return;
    }
    const target = dialTls({
      host: upstream.hostname,
      port: Number(upstream.port || 443),
      ...tls,
      ca: cluster.endpoint.authority,
      ...(tls.serverName ? { servername: tls.serverName } : {}),
      ALPNProtocols: ["http/1.1"],
    });
    const link: Link = { client, server: target, current: undefined };
    links.add(link);
    const destroy = () => {
      links.delete(link);
      client.destroy();
      target.destroy();
    };
    for (const socket of [client, target]) {
      socket.on("error", destroy);
      socket.once("close", destroy);
    }
    let fault: KubeFault | undefined;
    const read = requestReader(
      async ({ method, path, upgraded }) => {
        const [bare = "", query = ""] = path.split("?", 2);
        const at = performance.now() - started;
        const request = { method, path: bare, query: new URLSearchParams(query), upgraded, at, sent: 0, received: 0 };
        link.current = request;
        requests.push(request);
        fault = faultOf(request, path);
        if (fault?.kind === "hold") await fault.until;
        if (fault?.kind === "answer") {
          client.end(answerText(fault));
          target.destroy();
          return false;
        }
        if (fault?.kind === "cut" && fault.after === 0) {
          destroy();
          return false;
        }
        return true;
      },
      (data) => {
        if (link.current) link.current.sent += data.length;
        target.write(data);
      },
    );
    let turn: Promise<unknown> = Promise.resolve();
    client.on("data", (data: Buffer) => {
      client.pause();
      withholds ||= frozen;
      turn = turn
        .then(() => thawed)
        .then(() => read(data))
        .then(() => drained(target))
        .then(() => client.resume());
    });
    target.on("data", (data: Buffer) => {
      const { current } = link;
      if (current && current.received === 0)
        current.status = Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString("latin1", 0, 20))?.[1]);
      if (current) current.received += data.length;
      if (fault?.kind === "lose-answer") return destroy();
      const pass = () => {
        if (fault?.kind === "cut" && current && current.received >= fault.after) client.write(data, destroy);
        else if (!client.write(data)) {
          target.pause();
          client.once("drain", () => target.resume());
        }
      };
      withholds ||= frozen;
      // The order of the bytes is the order of the thaws' continuations.
      return frozen ? void thawed.then(pass) : pass();
    });
    client.once("end", () => void turn.then(() => target.end()));
    target.once("end", () => client.end());
  });
  const port = await listen(server);
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, kubeconfigText(port, authority.cert, cluster.namespace, token), { mode: 0o600 });

  return {
    kubeconfig,
    requests,
    writes: () => requests.filter(isWrite),
    count: (method, path) => requests.filter((r) => r.method === method && path.test(r.path)).length,
    forget: () => {
      requests.length = 0;
    },
    rule(method, path, fault, times = Number.POSITIVE_INFINITY) {
      const rule = { method, path, fault, left: times };
      rules.push(rule);
      return () => {
        rules = rules.filter((r) => r !== rule);
      };
    },
    cut(path = /^/) {
      for (const link of links) {
        if (link.current && !path.test(link.current.path)) continue;
        link.client.destroy();
        link.server.destroy();
      }
    },
    refuse() {
      refuses = true;
      for (const link of links) {
        link.client.destroy();
        link.server.destroy();
      }
      return () => {
        refuses = false;
      };
    },
    freeze() {
      const { promise, resolve } = Promise.withResolvers<void>();
      thawed = promise;
      frozen = true;
      return () => {
        frozen = false;
        withholds = false;
        resolve();
      };
    },
    get withholds() {
      return withholds;
    },
    async [Symbol.asyncDispose]() {
      for (const link of links) {
        link.client.destroy();
        link.server.destroy();
      }
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when the socket takes more, or is gone: a client must feel a server that does not read. */
function drained(socket: TLSSocket): Promise<void> {
  if (!socket.writableNeedDrain) return Promise.resolve();
  return new Promise((done) => {
    const settle = () => {
      socket.off("drain", settle);
      socket.off("close", settle);
      done();
    };
    socket.once("drain", settle);
    socket.once("close", settle);
  });
}

function isWrite(request: KubeRequest): boolean {
  if (!["POST", "PUT", "PATCH", "DELETE"].includes(request.method)) return false;
  if (request.query.has("dryRun")) return false;
  return !/\/(selfsubject\w*|tokenreviews|subjectaccessreviews|localsubjectaccessreviews|exec|portforward|attach)$/.test(
    request.path,
  );
}

function answerText(fault: Extract<KubeFault, { kind: "answer" }>): string {
  const body = typeof fault.body === "string" ? fault.body : JSON.stringify(fault.body);
  const retry = fault.retryAfter === undefined ? "" : `Retry-After: ${fault.retryAfter}\r\n`;
  return `HTTP/1.1 ${fault.status} Fault\r\nContent-Type: application/json\r\nConnection: close\r\n${retry}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** A certificate for this machine that is its own authority. */
async function selfSigned(folder: string): Promise<{ readonly key: string; readonly cert: string }> {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=devloop test proxy", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const child = Bun.spawn(["openssl", "req", "-x509", ...curve, ...subject, "-keyout", key, "-out", cert], {
    stderr: "pipe",
  });
  if ((await child.exited) !== 0) throw new Error(`openssl: ${await new Response(child.stderr).text()}`);
  return { key: await Bun.file(key).text(), cert: await Bun.file(cert).text() };
}

/** A client certificate is spent on the proxy's own connection; a token must come with each request. */
function kubeconfigText(port: number, cert: string, namespace: string, token: string | undefined): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "proxied",
    clusters: [
      {
        name: "proxied",
        cluster: {
          server: `https://127.0.0.1:${port}`,
          "certificate-authority-data": Buffer.from(cert).toString("base64"),
        },
      },
    ],
    users: [{ name: "proxied", user: token ? { token } : {} }],
    contexts: [{ name: "proxied", context: { cluster: "proxied", user: "proxied", namespace } }],
  });
}

function listen(server: Server): Promise<number> {
  return new Promise((done, failed) => {
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => done((server.address() as { port: number }).port));
  });
}
