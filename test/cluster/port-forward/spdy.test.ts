import { expect, test } from "bun:test";
import { createInflate } from "node:zlib";
import fc from "fast-check";
import {
  dataFrames,
  finish,
  headerBlocks,
  ping,
  resetStream,
  spdyReader,
  synStream,
} from "../../../src/cluster/port-forward/spdy.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** What a reader hears, as text lines; data of one stream in a row is joined. */
function hearing() {
  const heard: string[] = [];
  const read = spdyReader({
    data(id, bytes, final) {
      const text = Buffer.from(bytes).toString("latin1");
      const last = heard.at(-1);
      if (last?.startsWith(`data ${id} `)) heard[heard.length - 1] = last + text;
      else heard.push(`data ${id} ${text}`);
      if (final) heard.push(`final ${id}`);
    },
    reset: (id) => void heard.push(`reset ${id}`),
    ping: (id) => void heard.push(`ping ${id}`),
    goAway: () => void heard.push("go away"),
  });
  return { heard, read };
}

test("header blocks of a connection are one deflate stream, each readable as soon as it came", async () => {
  const block = headerBlocks();
  const inflate = createInflate();
  const all = [
    { streamtype: "error", port: "8080", requestid: "0" },
    { streamtype: "data", port: "8080", requestid: "0" },
  ];
  for (const headers of all) {
    const plain = new Promise<Buffer>((done) => inflate.once("data", done));
    inflate.write(block(headers));
    const text = await plain;
    let at = 4;
    const word = (): string => {
      const size = text.readUInt32BE(at);
      at += 4 + size;
      return text.toString("utf8", at - size, at);
    };
    const read = Object.fromEntries(Array.from({ length: text.readUInt32BE(0) }, () => [word(), word()]));
    expect(read).toEqual(headers);
  }
});

test("frames have the bytes that the protocol asks for", () => {
  const block = new Uint8Array([1, 2, 3]);
  expect(hex(synStream(3, block, true))).toBe("80030001" + "0100000d" + "00000003" + "00000000" + "0000" + "010203");
  expect(hex(resetStream(3))).toBe("80030003" + "00000008" + "00000003" + "00000005");
  expect(hex(ping(1))).toBe("80030006" + "00000004" + "00000001");
  expect(hex(finish(3))).toBe("00000003" + "01000000");
  const parts = dataFrames(3, new Uint8Array(70_000));
  expect(parts.map((part, i) => (i % 2 === 0 ? hex(part) : part.length))).toEqual([
    "0000000300010000",
    65_536,
    "0000000300001170",
    4_464,
  ]);
});

test("however the bytes are cut, the same is heard", () => {
  const frame = fc.oneof(
    fc.string({ minLength: 1, maxLength: 200, unit: "binary-ascii" }).map((text) => ({
      bytes: Buffer.concat(dataFrames(3, Buffer.from(text, "latin1"))),
      said: `data 3 ${text}`,
    })),
    fc.integer({ min: 1, max: 1000 }).map((id) => ({ bytes: Buffer.from(ping(id)), said: `ping ${id}` })),
    fc.constant({ bytes: Buffer.from(resetStream(1)), said: "reset 1" }),
    fc.constant({ bytes: Buffer.from("8003000700000008000000000000000a", "hex"), said: "go away" }),
    // SETTINGS and SYN_REPLY say nothing that is needed.
    fc.constant({ bytes: Buffer.from("8003000400000004" + "00000000", "hex"), said: "" }),
  );
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 30 })), (frames, cuts) => {
      const bytes = Buffer.concat([...frames.map((one) => one.bytes), finish(3)]);
      const { heard, read } = hearing();
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = cuts[i % Math.max(1, cuts.length)] ?? bytes.length;
        expect(read(bytes.subarray(at, at + size))).toBe(true);
        at += size;
      }
      const whole = hearing();
      whole.read(bytes);
      expect(heard).toEqual(whole.heard);
      expect(heard.at(-1)).toBe("final 3");
      const texts = (all: readonly string[]) =>
        all
          .filter((one) => one.startsWith("data"))
          .map((one) => one.slice(7))
          .join("");
      expect(texts(heard)).toBe(texts(frames.map((one) => one.said)));
      expect(heard.filter((one) => !/^(data|final)/.test(one))).toEqual(
        frames.map((one) => one.said).filter((said) => said !== "" && !said.startsWith("data")),
      );
    }),
  );
});

test("what is no SPDY/3.1 is refused, not read on", () => {
  expect(hearing().read(Buffer.from("HTTP/1.1 400 Bad Request\r\n"))).toBe(true);
  expect(hearing().read(Buffer.from("80020001000000ff", "hex"))).toBe(false);
  expect(hearing().read(Buffer.from("8003000100ffffff", "hex"))).toBe(false);
});
