import { expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { type AddressInfo, createServer } from "node:net";
import fc from "fast-check";
import { frameReader, type MessageSocket, openWebSocket } from "../../../src/cluster/stream/websocket.ts";
import { plainCluster } from "../../rig/plain-cluster.ts";

const never = new AbortController().signal;
const request = { path: "/echo?x=1", protocols: ["one/two+three", "other"], action: "cannot open" };

/** The runtime's own server, as an oracle; what it is told to say first, it says. */
function server(open: (socket: Bun.ServerWebSocket<undefined>) => void = () => undefined) {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(incoming, own) {
      const protocol = incoming.headers.get("sec-websocket-protocol")?.split(", ")[0] ?? "";
      own.upgrade(incoming, { headers: { "Sec-WebSocket-Protocol": protocol } });
    },
    websocket: {
      maxPayloadLength: 64 << 20,
      open,
      message: (socket, message) => void socket.send(message),
    },
  });
}

/** Collects whole messages and the end. */
function messages(socket: MessageSocket) {
  const all: Buffer[][] = [];
  const closed = Promise.withResolvers<string>();
  let wake = Promise.withResolvers<void>();
  socket.listen({
    piece(bytes, begins) {
      if (begins) all.push([]);
      all.at(-1)?.push(Buffer.from(bytes));
      wake.resolve();
      wake = Promise.withResolvers();
    },
    drained: () => undefined,
    closed: closed.resolve,
  });
  const total = () => all.flat().reduce((sum, piece) => sum + piece.length, 0);
  return {
    closed: closed.promise,
    async until(bytes: number) {
      while (total() < bytes) await wake.promise;
      return all.map((pieces) => Buffer.concat(pieces));
    },
  };
}

test("messages of every length class come back as they went, with a protocol that has a slash", async () => {
  const own = server();
  const socket = await openWebSocket(plainCluster(own.port ?? 0), request, never);
  expect(socket.protocol).toBe("one/two+three");
  const sizes = [1, 125, 126, 65_535, 65_536, 3_000_000];
  const sent = sizes.map((size) => randomBytes(size));
  const got = messages(socket);
  for (const bytes of sent) socket.send(bytes.subarray(0, 1), bytes.subarray(1));
  expect(await got.until(sizes.reduce((a, b) => a + b))).toEqual(sent);
  socket.end();
  await got.closed;
  await own.stop(true);
});

test("a server that only pings, and reads no answer, fills no memory", async () => {
  const ping = Buffer.concat([Buffer.from([0x89, 125]), Buffer.alloc(125)]);
  const flood = Buffer.concat(Array.from({ length: 8192 }, () => ping));
  const sent = Promise.withResolvers<void>();
  const hostile = createServer((peer) => {
    peer.on("error", () => peer.destroy());
    peer.once("data", async (head) => {
      peer.pause();
      const key = /sec-websocket-key: (\S+)/i.exec(head.toString())?.[1] ?? "";
      const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      peer.write(
        `HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: other\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      for (let i = 0; i < 48; i++) await new Promise((done) => peer.write(flood, done));
      sent.resolve();
    });
  });
  await new Promise<void>((done) => hostile.listen(0, "127.0.0.1", done));
  const { port } = hostile.address() as AddressInfo;
  const socket = await openWebSocket(plainCluster(port), request, never);
  messages(socket);
  await sent.promise;
  expect(socket.received).toBeGreaterThan(40 * flood.length);
  expect(socket.backlog).toBeLessThan((1 << 20) + 1000);
  socket.terminate();
  hostile.close();
});

test("pings are answered, and a close tells its reason", async () => {
  const own = Bun.serve<undefined>({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (incoming, at) => void at.upgrade(incoming, { headers: { "Sec-WebSocket-Protocol": "other" } }),
    websocket: {
      open: (socket) => void socket.ping("are you there"),
      pong: (socket, data) => socket.close(1000, `got ${data}`),
      message: () => undefined,
    },
  });
  const socket = await openWebSocket(plainCluster(own.port ?? 0), request, never);
  expect(socket.protocol).toBe("other");
  expect(await messages(socket).closed).toBe("got are you there");
  await own.stop(true);
});

test("a server that chose no protocol of ours is refused", async () => {
  const own = Bun.serve({
    port: 0,
    fetch: (incoming, at) => void at.upgrade(incoming, { headers: { "Sec-WebSocket-Protocol": "stranger" } }),
    websocket: { message: () => undefined },
  });
  await expect(openWebSocket(plainCluster(own.port ?? 0), request, never)).rejects.toThrow("speaks none of");
  await own.stop(true);
});

function serverFrame(code: number, final: boolean, payload: Uint8Array): Buffer {
  const length =
    payload.length < 126
      ? Buffer.from([payload.length])
      : Buffer.from([126, payload.length >> 8, payload.length & 255]);
  return Buffer.concat([Buffer.from([(final ? 0x80 : 0) | code]), length, payload]);
}

test("however the bytes are cut, the same messages are read", () => {
  const message = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 40 })), (all, cuts) => {
      const frames = all.flatMap((parts) => [
        ...parts.map((part, i) => serverFrame(i === 0 ? 2 : 0, i === parts.length - 1, part)),
        serverFrame(9, true, Buffer.from("hi")),
      ]);
      const bytes = Buffer.concat(frames);
      const got: Buffer[][] = [];
      let pings = 0;
      const read = frameReader({
        piece(piece, begins) {
          if (begins) got.push([]);
          got.at(-1)?.push(Buffer.from(piece));
        },
        ping: () => {
          pings++;
        },
        close: () => undefined,
      });
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = cuts[i % Math.max(1, cuts.length)] ?? bytes.length;
        expect(read(bytes.subarray(at, at + size))).toBe(true);
        at += size;
      }
      const whole = all.map((parts) => Buffer.concat(parts)).filter((text) => text.length > 0);
      expect(got.map((pieces) => Buffer.concat(pieces))).toEqual(whole);
      expect(pings).toBe(all.length);
    }),
  );
});

test("a masked frame from a server is no WebSocket", () => {
  const read = frameReader({ piece: () => undefined, ping: () => undefined, close: () => undefined });
  expect(read(Buffer.from([0x82, 0x81, 0, 0, 0, 0, 1]))).toBe(false);
});
