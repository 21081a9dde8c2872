/** An API server, or a proxy or page that answers in its place. */
import { expect } from "bun:test";
import { createServer, type Socket } from "node:net";
import { requestJson } from "../../src/cluster/connect/request.ts";
import { getObject, listObjects } from "../../src/cluster/objects/objects.ts";
import { spdyReader } from "../../src/cluster/port-forward/spdy.ts";
import { openExec } from "../../src/cluster/stream/exec.ts";
import { upgrade } from "../../src/cluster/stream/upgrade.ts";
import { type WatchTrouble, watch } from "../../src/cluster/watch/watch.ts";
import { diagnosticsOf } from "../../src/diag/failure.ts";
import { printDiagnostics } from "../../src/diag/print.ts";
import { fakeApi, refusal } from "../rig/fake-api.ts";
import { plainCluster } from "../rig/plain-cluster.ts";
import { virtualClock } from "../rig/virtual-clock.ts";
import type { Peer } from "./row.ts";
import { evil, shown } from "./shown.ts";

const signal = () => AbortSignal.timeout(60_000);
const pods = { apiVersion: "v1", kind: "Pod" } as const;
const failure = (message: string) =>
  expect.objectContaining({ name: "Failure", message: expect.stringContaining(message) });

const endless = (text: string) =>
  new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(Buffer.alloc(256 << 10, text)) });

/** A server of raw bytes: what it says to each connection once it has heard a request. */
async function rawServer(speak: (socket: Socket, request: Buffer | string) => void) {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("data", (request) => speak(socket, request));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    cluster: plainCluster((server.address() as { port: number }).port),
    [Symbol.dispose]() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}

/** Writes for as long as somebody reads. */
function flood(socket: Socket, piece: Uint8Array): void {
  while (socket.writable && socket.write(piece));
  if (socket.writable) socket.once("drain", () => flood(socket, piece));
}

export const apiServer: Peer = {
  name: "an API server",
  rows: [
    {
      what: "a list never ends, page by page",
      outcome: "it is refused after 200,000 objects with one clear failure",
      async run() {
        const items = Array.from({ length: 500 }, (_, i) => ({ metadata: { name: `n${i}` } }));
        await using api = await fakeApi(() => Response.json({ metadata: { continue: "more" }, items }));
        const list = listObjects(await api.connect(), pods, signal()).catch((thrown: unknown) => thrown);
        expect(await list).toEqual(failure("there are more than 200000"));
      },
    },
    {
      what: "an answer never ends",
      outcome: "it is refused after 256 MiB with one clear failure",
      async run() {
        await using api = await fakeApi(() => new Response(endless(" ")));
        const asked = requestJson(await api.connect(), "/api", {}, "cannot ask").catch((thrown: unknown) => thrown);
        expect(await asked).toEqual(failure("cannot ask: the answer is longer than 256 MiB"));
      },
    },
    {
      what: "an answer is JSON of another shape, or a page",
      outcome: "it is one clear failure, or an object of nothing",
      async run() {
        for (const text of ["<html>log in</html>", "null", "7", '"a"', '{"items":7}', '{"items":[null]}', "[]"]) {
          await using api = await fakeApi(() => new Response(text));
          const cluster = await api.connect();
          const ref = { ...pods, name: "web", namespace: "shop" };
          for (const asked of [listObjects(cluster, pods, signal()), getObject(cluster, ref, signal())]) {
            const result: unknown = await asked.catch((thrown: unknown) => thrown);
            if (result instanceof Error) expect([text, result.name]).toEqual([text, "Failure"]);
          }
        }
      },
    },
    {
      what: "a refusal has words that a terminal would obey, or lines that look like devloop's own",
      outcome: "they are shown as text, on one line",
      async run() {
        const said = `${evil}\nerror: everything is well\nDeployments stabilized in 1 second`;
        await using api = await fakeApi(() => refusal(403, "Forbidden", said));
        const asked = requestJson(await api.connect(), "/api", {}, "cannot ask").catch((thrown: unknown) => thrown);
        const diagnostics = diagnosticsOf(await asked);
        const [first = "", ...more] = printDiagnostics(diagnostics).split("\n");
        expect(first).toStartWith("error: cannot ask: \\e]52");
        expect(more.every((line) => line.startsWith("  "))).toBe(true);
        for (const diagnostic of diagnostics) shown({ type: "diagnostic", diagnostic });
      },
    },
    {
      what: "a line of a watch never ends, or is no event",
      outcome: "the watch is a lost connection, and begins anew",
      async run() {
        let watches = 0;
        const event = JSON.stringify({ type: "MODIFIED", object: { metadata: { name: "web", resourceVersion: "9" } } });
        const said = [endless("x"), "<html>\n", '{"type":"MODIFIED"}\n', "null\n", "7\n", `${event}\n`];
        await using api = await fakeApi(({ url }) => {
          if (!new URL(url).searchParams.has("watch"))
            return Response.json({ metadata: { resourceVersion: "7" }, items: [] });
          return new Response(said[watches++] ?? event);
        });
        const clock = virtualClock();
        const stop = new AbortController();
        const troubles: WatchTrouble[] = [];
        const names: string[] = [];
        const following = (async () => {
          const changes = watch(await api.connect(), pods, (trouble) => troubles.push(trouble), stop.signal, clock);
          for await (const change of changes) {
            if (change.kind === "set") names.push(change.object.metadata.name);
            if (names.includes("web")) stop.abort(new Error("enough"));
          }
        })().catch((thrown: unknown) => thrown);
        let over: unknown;
        void following.then((thrown) => {
          over = thrown;
        });
        while (over === undefined) await clock.advance(5000);
        expect(over).toMatchObject({ message: "enough" });
        expect(troubles[0]).toMatchObject({ kind: "lost" });
      },
    },
    {
      what: "frames of a stream break the protocol",
      outcome: "the stream is closed with one clear failure",
      async run() {
        const masked = Buffer.from([0x82, 0x85, 0, 0, 0, 0, 1, 2, 3, 4, 5]);
        const control = Buffer.concat([Buffer.from([0x88, 126, 0xff, 0xff]), Buffer.alloc(0xffff)]);
        for (const bytes of [masked, control, Buffer.alloc(100_000, 0xff)]) {
          const accept = (key: string) =>
            new Bun.CryptoHasher("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
          const server = createServer((socket) => {
            socket.on("error", () => socket.destroy());
            socket.once("data", (head) => {
              const key = /sec-websocket-key: (\S+)/i.exec(head.toString())?.[1] ?? "";
              const lines = ["HTTP/1.1 101 Switching Protocols", `Sec-WebSocket-Accept: ${accept(key)}`];
              socket.write([...lines, "Sec-WebSocket-Protocol: v5.channel.k8s.io", "", ""].join("\r\n"));
              socket.write(bytes);
            });
          });
          await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
          const cluster = plainCluster((server.address() as { port: number }).port);
          const target = { namespace: "shop", pod: "web", container: "main" };
          await using stream = await openExec(cluster, target, ["true"], signal());
          expect(await stream.exit.catch((thrown: unknown) => thrown)).toMatchObject({ name: "Failure" });
          server.close();
        }
        const ignored = {
          data: () => undefined,
          reset: () => undefined,
          ping: () => undefined,
          goAway: () => undefined,
        };
        expect(spdyReader(ignored)(Buffer.from([0x80, 3, 0, 2, 0, 0xff, 0xff, 0xff]))).toBe(false);
      },
    },
    {
      what: "it takes a command and then answers nothing, not even a ping",
      outcome: "after two pings without an answer it is one clear failure",
      async run() {
        using server = await rawServer((socket, request) => {
          const key = /sec-websocket-key: (\S+)/i.exec(request.toString())?.[1];
          const proof = `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
          const accept = new Bun.CryptoHasher("sha1").update(proof).digest("base64");
          socket.write(
            `HTTP/1.1 101 X\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n`,
          );
        });
        const target = { namespace: "shop", pod: "web", container: "main" };
        await using stream = await openExec(server.cluster, target, ["true"], signal(), { pingMs: 20 });
        expect(await stream.exit.catch((thrown: unknown) => thrown)).toMatchObject({
          name: "Failure",
          message: expect.stringContaining("answers nothing any more"),
        });
      },
    },
    {
      what: "the answer to a stream's request has a head or a body without end",
      outcome: "64 KiB of it are read; it is one clear failure",
      async run() {
        const request = { method: "POST", path: "/stream", headers: {}, action: "cannot stream" } as const;
        for (const begin of [
          "",
          "HTTP/1.1 403 Forbidden\r\nContent-Length: 999999999\r\n\r\n",
          "HTTP/1.1 403 No\r\n\r\n",
        ]) {
          using server = await rawServer((socket) => {
            socket.write(begin);
            flood(socket, Buffer.alloc(64 << 10, "x"));
          });
          const opened = upgrade(server.cluster, request, signal()).catch((thrown: unknown) => thrown);
          expect(await opened).toMatchObject({
            name: "Failure",
            message: expect.stringMatching(/^cannot stream: .{1,400}$/),
          });
        }
      },
    },
  ],
};
