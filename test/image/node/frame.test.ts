import { expect, test } from "bun:test";
import fc from "fast-check";
import { frameReader } from "../../../src/image/node/frame.ts";

function frame(stream: number, data: Uint8Array): Buffer {
  const head = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(data.length, 4);
  return Buffer.concat([head, data]);
}

test("however a connection cuts it, each stream's bytes come whole and in order", () => {
  const frames = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 20 })), { maxLength: 6 });
  void fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }), (sent, cuts) => {
      const got = { stdout: [] as number[], stderr: [] as number[] };
      const take = frameReader((stream, data) => got[stream].push(...data));
      const bytes = Buffer.concat(sent.map(([stream, data]) => frame(stream, data)));
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = cuts[i % cuts.length] ?? 1;
        take(bytes.subarray(at, at + size));
        at += size;
      }
      const of = (stream: number) => sent.filter(([one]) => one === stream).flatMap(([, data]) => [...data]);
      expect(got).toEqual({ stdout: of(1), stderr: of(2) });
    }),
  );
});

test("a long frame is handed on piece by piece, an empty one not at all", () => {
  const pieces: string[] = [];
  const take = frameReader((stream, data) => pieces.push(`${stream} ${Buffer.from(data)}`));
  const bytes = frame(2, Buffer.from("abcdef"));
  take(bytes.subarray(0, 10));
  expect(pieces).toEqual(["stderr ab"]);
  take(bytes.subarray(10));
  take(frame(1, Buffer.alloc(0)));
  take(frame(1, Buffer.from("g")));
  expect(pieces).toEqual(["stderr ab", "stderr cdef", "stdout g"]);
});
