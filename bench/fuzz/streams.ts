/** Frames of WebSocket, SPDY and the engine, and answers to an upgrade: however bytes are cut, they mean the same. */
import { spdyReader } from "../../src/cluster/port-forward/spdy.ts";
import { answerReader } from "../../src/cluster/stream/answer.ts";
import { frameReader as webSocketReader } from "../../src/cluster/stream/websocket.ts";
import { frameReader as engineReader } from "../../src/image/node/frame.ts";
import type { Random } from "./random.ts";
import { same, type Target } from "./target.ts";

/** Notes what a reader tells, with pieces of one thing put together. */
function notes() {
  const all: [what: string, text: string][] = [];
  const note = (what: string, bytes: Uint8Array | string = "", begins = false) => {
    const text = typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("latin1");
    const last = all.at(-1);
    if (!begins && last?.[0] === what) last[1] += text;
    else all.push([what, text]);
  };
  return { all, note };
}

function webSocketFrame(random: Random): Buffer {
  const body = random.bytes(random.below(4) === 0 ? 400 : 40);
  const code = random.pick([0, 1, 2, 8, 9, 10, 3]);
  const size = random.pick([0, 0, 0, 126, 127]);
  if (size === 0 && body.length < 126) return Buffer.concat([Buffer.of(0x80 | code, body.length), body]);
  const head = Buffer.alloc(size === 127 ? 10 : 4);
  head[0] = 0x80 | code;
  head[1] = size === 127 ? 127 : 126;
  if (size === 127) head.writeBigUInt64BE(BigInt(body.length), 2);
  else head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, body]);
}

const webSocket: Target = {
  name: "websocket",
  run(random) {
    const bytes = random.damaged(
      Buffer.concat(Array.from({ length: 1 + random.below(4) }, () => webSocketFrame(random))),
    );
    const read = (pieces: readonly Buffer[]) => {
      const { all, note } = notes();
      const reader = webSocketReader({
        piece: (piece, begins) => note("piece", piece, begins),
        ping: (piece) => note("ping", piece, true),
        close: (reason) => note("close", reason, true),
      });
      return { isOne: pieces.every((piece) => reader(piece)), all };
    };
    same(read(random.cut(bytes)), read([bytes]), "cut and whole");
  },
};

function spdyFrame(random: Random): Buffer {
  const body = random.bytes(40);
  const head = Buffer.alloc(8);
  if (random.below(2) === 0) head.writeUInt32BE(random.below(5), 0);
  else {
    head.writeUInt16BE(random.pick([0x8003, 0x8003, 0x8003, 0x8002]), 0);
    head.writeUInt16BE(random.below(9), 2);
  }
  head.writeUInt32BE(random.below(8) === 0 ? random.below(1 << 24) : body.length, 4);
  head[4] = random.below(2);
  return Buffer.concat([head, body]);
}

const spdy: Target = {
  name: "spdy",
  run(random) {
    const bytes = random.damaged(Buffer.concat(Array.from({ length: 1 + random.below(5) }, () => spdyFrame(random))));
    const read = (pieces: readonly Buffer[]) => {
      const { all, note } = notes();
      const reader = spdyReader({
        data(id, piece, final) {
          note(`data ${id}`, piece);
          if (final) note(`end ${id}`);
        },
        reset: (id) => note(`reset ${id}`, "", true),
        ping: (id) => note(`ping ${id}`, "", true),
        goAway: () => note("away", "", true),
      });
      return { isOne: pieces.every((piece) => reader(piece)), all };
    };
    same(read(random.cut(bytes)), read([bytes]), "cut and whole");
  },
};

const engineFrames: Target = {
  name: "engine-frames",
  run(random) {
    const frames = Array.from({ length: 1 + random.below(5) }, () => {
      const body = random.bytes(60);
      const head = Buffer.alloc(8);
      head[0] = random.below(4);
      head.writeUInt32BE(body.length, 4);
      return Buffer.concat([head, body]);
    });
    const bytes = random.damaged(Buffer.concat(frames));
    const read = (pieces: readonly Buffer[]) => {
      const { all, note } = notes();
      const reader = engineReader((stream, data) => note(stream, data));
      for (const piece of pieces) reader(piece);
      return all;
    };
    same(read(random.cut(bytes)), read([bytes]), "cut and whole");
  },
};

const heads = [
  "HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n",
  "HTTP/1.1 500 Oh\r\nContent-Length: 20\r\n\r\n",
  "HTTP/1.0 200 OK\r\n\r\n",
] as const;

const chunked: Target = {
  name: "chunked",
  run(random) {
    const chunks = Array.from({ length: random.below(5) }, () => {
      const data = random.bytes(40);
      return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from("\r\n")]);
    });
    const head = Buffer.from(random.pick(heads));
    const bytes = random.damaged(Buffer.concat([head, ...chunks, Buffer.from("0\r\n\r\n")]));
    const read = (pieces: readonly Buffer[]) => {
      const reader = answerReader();
      for (const piece of pieces) {
        const answer = reader.take(piece);
        if (answer !== undefined) return answer;
      }
      return reader.end();
    };
    const [cut, whole] = [read(random.cut(bytes)), read([bytes])];
    // Behind a switch of protocols only what came with the head is here.
    if (whole?.code === 101) same(cut?.code, 101, "cut and whole");
    else same(cut, whole, "cut and whole");
  },
};

export const streams: readonly Target[] = [webSocket, spdy, engineFrames, chunked];
