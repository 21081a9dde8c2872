import { expect, test } from "bun:test";
import { boundedBytes, boundedText, startOfText } from "../../../src/std/bytes/bounded-body.ts";
import { byteLines } from "../../../src/std/text/byte-lines.ts";

/** A body that never ends by itself, and notes that it was let go. */
function endless(): { response: Response; left: Promise<void> } {
  const { promise: left, resolve } = Promise.withResolvers<void>();
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(Buffer.from("0123456789")),
    cancel: () => resolve(),
  });
  return { response: new Response(body), left };
}

test("a body within the limit is whole, to the last byte of it", async () => {
  expect(await boundedText(new Response("äbc"), 4)).toBe("äbc");
  expect(await boundedBytes(new Response(Buffer.from([1, 2, 255])), 3)).toEqual(Buffer.from([1, 2, 255]));
  expect(await boundedText(new Response(null), 0)).toBe("");
});

test("a body that is longer is refused and let go", async () => {
  await expect(boundedText(new Response("abcde"), 4, "the manifest")).rejects.toThrow(
    "the manifest is longer than 0 KiB",
  );
  const { response, left } = endless();
  await expect(boundedBytes(response, 3 << 20)).rejects.toThrow("the answer is longer than 3 MiB");
  await left;
});

test("of a body that is only shown, the begin is read", async () => {
  const { response, left } = endless();
  expect(await startOfText(response, 25)).toBe("0123456789012345678901234");
  await left;
});

test("a body that stops coming ends with its signal, and is let go", async () => {
  const left = Promise.withResolvers<void>();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(Buffer.from("abc")),
    cancel: () => left.resolve(),
  });
  const controller = new AbortController();
  const read = boundedText(new Response(body), 100, "the answer", controller.signal);
  await new Promise((resolve) => setImmediate(resolve));
  const reason = new Error("too late");
  controller.abort(reason);
  expect(await read.catch((thrown: unknown) => thrown)).toBe(reason);
  await left.promise;
  const late = boundedText(new Response("abc"), 100, "the answer", controller.signal);
  expect(await late.catch((thrown: unknown) => thrown)).toBe(reason);
});

test("a body whose stream breaks is no shorter body", async () => {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from("abc"));
      controller.error(new TypeError("broken"));
    },
  });
  await expect(boundedText(new Response(body), 100)).rejects.toThrow("broken");
});

async function linesOf(pieces: readonly string[], longest: number, end: "keep" | "drop"): Promise<string[]> {
  async function* stream() {
    for (const piece of pieces) yield Buffer.from(piece);
  }
  const found: string[] = [];
  for await (const line of byteLines(stream(), longest, end)) found.push(line);
  return found;
}

test("lines of bytes, however they are cut", async () => {
  expect(await linesOf(["{}\n{", "}\n", "\nhalf"], 10, "drop")).toEqual(["{}", "{}", ""]);
  expect(await linesOf(["{}\n{", "}\n", "\nhalf"], 10, "keep")).toEqual(["{}", "{}", "", "half"]);
  expect(await linesOf([], 10, "keep")).toEqual([]);
});

test("a line that never ends is refused, in whatever pieces it comes", async () => {
  await expect(linesOf(["a\n", "b".repeat(11)], 10, "keep")).rejects.toThrow("a line is longer than");
  async function* small() {
    for (;;) yield Buffer.from("x");
  }
  const read = async () => {
    for await (const _ of byteLines(small(), 1 << 20, "drop"));
  };
  await expect(read()).rejects.toThrow("a line is longer than 1 MiB");
});
