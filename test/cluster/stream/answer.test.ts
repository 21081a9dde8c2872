import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Answer, answerReader } from "../../../src/cluster/stream/answer.ts";

/** The answer that pieces of bytes make, and whether the connection had to end for it. */
function read(pieces: readonly Uint8Array[]): { answer: Answer | undefined; ended: boolean } {
  const reader = answerReader();
  for (const piece of pieces) {
    const answer = reader.take(piece);
    if (answer !== undefined) return { answer, ended: false };
  }
  return { answer: reader.end(), ended: true };
}

const whole = (text: string) => read([Buffer.from(text, "latin1")]);
const chunked = "HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n";

describe.each<[what: string, text: string, code: number | undefined, body: string, ended: boolean]>([
  ["a length", "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabcdef", 404, "abc", false],
  ["a length that is not reached", "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nabc", 404, "abc", true],
  ["a length of nothing", "HTTP/1.0 404 Not Found\r\ncontent-length:0\r\n\r\n", 404, "", false],
  ["a length that is none", "HTTP/1.1 404 Not Found\r\nContent-Length: many\r\n\r\nabc", 404, "abc", true],
  ["a length below nothing", "HTTP/1.1 404 Not Found\r\nContent-Length: -1\r\n\r\nabc", 404, "abc", true],
  ["the connection's end", "HTTP/1.1 500 No\r\n\r\nabc", 500, "abc", true],
  ["chunks", `${chunked}3\r\nabc\r\n2;name=value\r\nde\r\n0\r\n\r\n`, 403, "abcde", false],
  [
    "chunks that look like sizes",
    `${chunked}a\r\n\r\n5\r\nabc\r\n\r\n3\r\n\r\na\r\n0\r\n\r\n`,
    403,
    "\r\n5\r\nabc\r\n\r\na",
    false,
  ],
  ["chunks that are cut", `${chunked}5\r\nabc`, 403, "abc", true],
  ["what is no chunk", `${chunked}3\r\nabc\r\nzz\r\nde`, 403, "abc", false],
  ["a switch of protocols", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nrest", 101, "rest", false],
  ["no head", "nothing of the kind", undefined, "", true],
  ["a head that is none", "ICY 200 OK\r\n\r\nabc", 0, "abc", true],
])("a body with %s", (_, text, code, body, ended) => {
  test("is read", () => {
    const { answer, ended: hadToEnd } = whole(text);
    expect([answer?.code, answer?.body.toString("latin1") ?? "", hadToEnd]).toEqual([code, body, ended]);
  });
  test("is the same however it is cut", () => {
    const bytes = Buffer.from(text, "latin1");
    const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect(read(pieces).answer?.code).toEqual(whole(text).answer?.code);
    // Of another protocol only what came with the head is here.
    if (code !== 101) expect(read(pieces).answer?.body).toEqual(whole(text).answer?.body);
  });
});

test("chunks of anything, cut anywhere, are what was put into them", () => {
  const data = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 5 });
  fc.assert(
    fc.property(data, fc.array(fc.nat({ max: 2000 }), { maxLength: 8 }), (chunks, cuts) => {
      const parts = chunks.flatMap((chunk) => [
        Buffer.from(`${chunk.length.toString(16)}\r\n`),
        chunk,
        Buffer.from("\r\n"),
      ]);
      const bytes = Buffer.concat([Buffer.from(chunked), ...parts, Buffer.from("0\r\n\r\n")]);
      const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const { answer, ended } = read(at.slice(1).map((end, i) => bytes.subarray(at[i], end)));
      expect(ended).toBe(false);
      expect(answer?.body).toEqual(Buffer.concat(chunks));
    }),
  );
});

test("heads and bodies without end are read up to a limit", () => {
  const piece = Buffer.alloc(10_000, "x");
  const pieces = (begin: string) => [Buffer.from(begin), ...Array.from({ length: 20 }, () => piece)];
  expect(read(pieces("HTTP/1.1 403 No\r\nX: "))).toMatchObject({ answer: { code: 0 } });
  for (const begin of ["HTTP/1.1 403 No\r\n\r\n", `${chunked}ffffff\r\n`]) {
    const { answer, ended } = read(pieces(begin));
    expect([answer?.code, answer?.body.length, ended]).toEqual([403, 65_536, false]);
  }
  expect(read(pieces(chunked))).toMatchObject({ answer: { code: 403 }, ended: false });
});
