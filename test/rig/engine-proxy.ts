/**
 * A recording fault proxy before the engine's socket. It passes HTTP and upgraded streams (exec, attach, BuildKit's
 * session and gRPC) through byte by byte, notes every request, and can hold, answer or cut the ones a test names.
 *
 * It reads only request heads and body lengths, so that it knows where the next request of a connection begins; the
 * engine's answers are passed on unread.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEndpoint } from "../../src/image/engine/endpoint.ts";
import { openEngine } from "../../src/image/open-engine.ts";
import { requestReader } from "./http-request-reader.ts";

export interface ProxiedRequest {
  readonly method: string;
  /** With the query, as it came; an API version in front (`/v1.45`) is taken off. */
  readonly path: string;
  readonly upgraded: boolean;
  /** Bytes towards the engine and back so far, heads included. */
  sent: number;
  received: number;
}

export type Fault =
  /** Passes the request on only when the promise settles. */
  | { readonly kind: "hold"; readonly until: Promise<unknown> }
  /** Answers in the engine's place; the engine never sees the request. */
  | { readonly kind: "answer"; readonly status: number; readonly message: string }
  /** Destroys the connection on both sides once so many bytes went in that direction; 0 received: at the request. */
  | { readonly kind: "cut"; readonly after: number; readonly of: "sent" | "received" };

export interface EngineProxy extends AsyncDisposable {
  /** For `DOCKER_HOST`. */
  readonly host: string;
  readonly endpoint: EngineEndpoint;
  readonly requests: readonly ProxiedRequest[];
  /** How many requests had this method and a path that matches. */
  count(method: string, path: RegExp): number;
  /** Applies to the next `times` requests that match; all of them by default. @returns a function that ends it. */
  fault(method: string, path: RegExp, fault: Fault, times?: number): () => void;
  /** Destroys every open connection, as an engine that dies does. */
  cutAll(): void;
}

interface Rule {
  readonly method: string;
  readonly path: RegExp;
  readonly fault: Fault;
  left: number;
}

export async function engineProxy(upstream?: EngineEndpoint): Promise<EngineProxy> {
  const target = upstream ?? (await openEngine(process.env)).endpoint;
  const folder = await mkdtemp(join(tmpdir(), "devloop-proxy-"));
  const path = join(folder, "docker.sock");
  const requests: ProxiedRequest[] = [];
  const sockets = new Set<Socket>();
  let rules: Rule[] = [];
  const ruleFor = (request: ProxiedRequest): Fault | undefined => {
    const rule = rules.find((r) => r.left > 0 && r.method === request.method && r.path.test(request.path));
    if (rule === undefined) return undefined;
    rule.left--;
    return rule.fault;
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = dial(target);
    for (const socket of [client, engine]) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    }
    relay(client, engine, (request) => {
      requests.push(request);
      return ruleFor(request);
    });
  });
  await listen(server, path);
  return {
    host: `unix://${path}`,
    endpoint: { kind: "unix", path, from: "the test's proxy" },
    requests,
    count: (method, pattern) => requests.filter((r) => r.method === method && pattern.test(r.path)).length,
    fault(method, pattern, fault, times = Number.POSITIVE_INFINITY) {
      const rule = { method, path: pattern, fault, left: times };
      rules.push(rule);
      return () => {
        rules = rules.filter((r) => r !== rule);
      };
    },
    cutAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Moves bytes both ways until both sides are done, asking for each request what is to be done with it. */
function relay(client: Socket, engine: Socket, onRequest: (request: ProxiedRequest) => Fault | undefined): void {
  let current: ProxiedRequest | undefined;
  let cut: Extract<Fault, { kind: "cut" }> | undefined;
  const destroy = () => {
    client.destroy();
    engine.destroy();
  };
  const pass = (from: Socket, to: Socket, direction: "sent" | "received", data: Uint8Array) => {
    const before = current?.[direction] ?? 0;
    if (current) current[direction] += data.length;
    const allowed = cut?.of === direction ? Math.max(0, cut.after - before) : data.length;
    if (allowed < data.length || (cut?.of === direction && before + data.length >= cut.after)) {
      to.write(data.subarray(0, allowed), destroy);
      return;
    }
    if (!to.write(data)) {
      from.pause();
      to.once("drain", () => from.resume());
    }
  };
  const read = requestReader(
    async ({ method, path, upgraded }) => {
      current = { method, path: path.replace(/^\/v1\.\d+(?=\/)/, ""), upgraded, sent: 0, received: 0 };
      const fault = onRequest(current);
      cut = fault?.kind === "cut" ? fault : undefined;
      if (fault?.kind === "hold") await fault.until;
      if (fault?.kind === "answer") {
        const body = JSON.stringify({ message: fault.message });
        client.end(
          `HTTP/1.1 ${fault.status} Fault\r\nContent-Type: application/json\r\nConnection: close\r\n` +
            `Content-Length: ${body.length}\r\n\r\n${body}`,
        );
        engine.destroy();
        return false;
      }
      if (cut?.after === 0) destroy();
      return cut?.after !== 0;
    },
    (data) => pass(client, engine, "sent", data),
  );
  let turn: Promise<unknown> = Promise.resolve();
  client.on("data", (data: Buffer) => {
    // Heads may have to wait for a fault to settle, and bytes behind them keep their order.
    client.pause();
    turn = turn.then(() => read(data)).then(() => engine.writableNeedDrain || client.resume());
  });
  client.once("end", () => void turn.then(() => engine.end()));
  engine.on("data", (data: Buffer) => pass(engine, client, "received", data));
  engine.once("end", () => client.end());
  for (const socket of [client, engine]) {
    socket.on("error", destroy);
    socket.once("close", destroy);
  }
}

function dial(target: EngineEndpoint): Socket {
  if (target.kind === "unix") return connect({ path: target.path, allowHalfOpen: true });
  return connect({ host: target.host, port: target.port, allowHalfOpen: true });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((done, failed) => {
    server.once("error", failed);
    server.listen(path, done);
  });
}
