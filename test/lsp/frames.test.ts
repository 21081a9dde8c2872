import { expect, test } from "bun:test";
import fc from "fast-check";
import { frame, readMessages } from "../../src/lsp/frames.ts";

async function read(chunks: readonly Uint8Array[]): Promise<unknown[]> {
  const stream = (async function* () {
    yield* chunks;
  })();
  return Array.fromAsync(readMessages(stream));
}

function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const ends = [...new Set(at.map((n) => n % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

test("messages come out whole however the bytes are cut", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: "grapheme" })), fc.array(fc.nat(4000)), async (texts, at) => {
      const bytes = Buffer.from(texts.map((text) => frame({ method: text })).join(""));
      expect(await read(cut(bytes, at))).toEqual(texts.map((method) => ({ jsonrpc: "2.0", method })));
    }),
  );
});

test("JSON that is no message is passed over; a header without a length ends the stream", async () => {
  const bytes = (text: string) => [Buffer.from(text)];
  const good = frame({ id: 1 });
  expect(await read(bytes(`Content-Length: 2\r\n\r\n[]Content-Length: 1\r\n\r\n{${good}`))).toHaveLength(1);
  expect(await read(bytes(`content-length:2\r\nContent-Type: x\r\n\r\n{}${good}`))).toHaveLength(2);
  expect(await read(bytes(`Length: 2\r\n\r\n{}${good}`))).toHaveLength(0);
});
