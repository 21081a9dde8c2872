import { expect, test } from "bun:test";
import { createServer, connect as dialTcp, type Socket } from "node:net";
import { ApiError, Unreachable } from "../../../src/cluster/connect/api-error.ts";
import { upgrade } from "../../../src/cluster/stream/upgrade.ts";
import { plainCluster } from "../../rig/plain-cluster.ts";

const never = new AbortController().signal;
const request = { method: "POST", path: "/stream", headers: { Upgrade: "thing" }, action: "cannot stream" } as const;

/** A server that hears each request's head and does with the connection what it likes. */
async function rawServer(answer: (socket: Socket, head: string, nth: number) => void) {
  let nth = 0;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    let head = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (data) => {
      if (head.includes("\r\n\r\n")) return;
      head += data.toString("latin1");
      if (head.includes("\r\n\r\n")) answer(socket, head, nth++);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as { port: number }).port,
    [Symbol.dispose]() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}

const accepting = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: thing\r\nX-Word: Yes\r\n\r\n";

test("a 101: headers, and the bytes that came with it are heard first", async () => {
  let heard = "";
  using server = await rawServer((socket, head) => {
    heard = head;
    socket.write(`${accepting}first `);
    socket.write("second");
  });
  const { socket, headers } = await upgrade(plainCluster(server.port), request, never);
  expect(headers.get("x-word")).toBe("Yes");
  const { promise, resolve } = Promise.withResolvers<void>();
  let got = "";
  socket.listen({
    data(bytes) {
      got += Buffer.from(bytes).toString();
      if (got.endsWith("second")) resolve();
    },
    drained: () => undefined,
    closed: () => undefined,
  });
  await promise;
  expect(got).toBe("first second");
  expect(heard).toStartWith("POST /stream HTTP/1.1\r\n");
  expect(heard).toContain("\r\nAuthorization: Bearer plain\r\n");
  expect(heard).toContain("\r\nConnection: Upgrade\r\n");
  socket.terminate();
});

const status = JSON.stringify({ kind: "Status", code: 404, reason: "NotFound", message: 'pods "x" not found' });
const refusals: Readonly<Record<string, string>> = {
  "a length": `HTTP/1.1 404 Not Found\r\nContent-Length: ${status.length}\r\n\r\n${status}`,
  chunks: `HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n${status.slice(0, 5)}\r\n${(status.length - 5).toString(16)}\r\n${status.slice(5)}\r\n0\r\n\r\n`,
};
for (const [how, text] of Object.entries(refusals))
  test(`a refusal with ${how} carries the server's words, however it is cut`, async () => {
    using server = await rawServer(async (socket) => {
      for (const part of text.match(/[\s\S]{1,37}/g) ?? []) {
        socket.write(part);
        await new Promise((done) => setImmediate(done));
      }
    });
    const thrown = await upgrade(plainCluster(server.port), request, never).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(ApiError);
    expect(thrown).toMatchObject({ code: 404, reason: "NotFound", message: 'cannot stream: pods "x" not found' });
  });

test("a refusal in plain text, ended by the close", async () => {
  using server = await rawServer((socket) => void socket.end("HTTP/1.1 500 Oh\r\n\r\npod not found (pod_ns)"));
  const thrown = await upgrade(plainCluster(server.port), request, never).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: 500, message: "cannot stream: pod not found (pod_ns)" });
});

test("a credential that has expired is renewed once by an ordinary request", async () => {
  using server = await rawServer((socket, head, nth) => {
    if (nth === 0) socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    else if (head.startsWith("GET")) socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    else socket.write(accepting);
  });
  const { socket } = await upgrade(plainCluster(server.port), request, never);
  socket.terminate();
});

test("no answer but a close, nobody there, and an abort while nothing is said", async () => {
  using closing = await rawServer((socket) => void socket.destroy());
  const reset = await upgrade(plainCluster(closing.port), request, never).catch((error: unknown) => error);
  expect(reset).toBeInstanceOf(Unreachable);
  expect((reset as Unreachable).silence).toBe("reset");

  const nobody = await upgrade(plainCluster(1), request, never).catch((error: unknown) => error);
  expect((nobody as Unreachable).silence).toBe("refused");

  const stop = new AbortController();
  using silent = await rawServer(() => stop.abort("enough"));
  expect(await upgrade(plainCluster(silent.port), request, stop.signal).catch((error: unknown) => error)).toBe(
    "enough",
  );
});

test("through a proxy: CONNECT with its login, and its refusal in its own words", async () => {
  using server = await rawServer((socket) => void socket.write(accepting));
  const heads: string[] = [];
  using proxy = await rawServer((socket, head, nth) => {
    heads.push(head);
    if (nth > 0) return void socket.end("HTTP/1.1 407 Log In First\r\n\r\n");
    const target = dialTcp(server.port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connected\r\n\r\n");
      socket.pipe(target).pipe(socket);
    });
  });
  const cluster = plainCluster(server.port, { proxy: `http://user:p%40ss@127.0.0.1:${proxy.port}` });
  const { socket } = await upgrade(cluster, request, never);
  socket.terminate();
  expect(heads[0]).toStartWith(`CONNECT 127.0.0.1:${server.port} HTTP/1.1\r\n`);
  expect(heads[0]).toContain(`Proxy-Authorization: Basic ${btoa("user:p@ss")}`);
  await expect(upgrade(cluster, request, never)).rejects.toThrow("407 Log In First");
});
