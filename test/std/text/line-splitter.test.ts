import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { lineSplitter, linesOf } from "../../../src/std/text/line-splitter.ts";

function split(pieces: readonly string[], longest = 1000): string[] {
  const lines: string[] = [];
  const splitter = lineSplitter((line) => lines.push(line), longest);
  for (const piece of pieces) splitter.take(piece);
  splitter.end();
  return lines;
}

describe.each([
  [["a\nb\n"], ["a", "b"]],
  [["a\r\nb\r\n"], ["a", "b"]],
  [
    ["a\r", "\nb"],
    ["a", "b"],
  ],
  [
    ["a\r", "b\r", "\r\nc"],
    ["a", "b", "", "c"],
  ],
  [
    ["10%\r20%\r", "30%\r\n"],
    ["10%", "20%", "30%"],
  ],
  [["\n\n"], ["", ""]],
  [
    ["a\r", "", "\nb"],
    ["a", "b"],
  ],
  [
    ["a", "b", "c\nd"],
    ["abc", "d"],
  ],
  [[], []],
] as const)("%j", (pieces, lines) => {
  test("is cut at its line ends", () => expect(split(pieces)).toEqual([...lines]));
});

test("a line that never ends comes in parts, and makes no empty line where it ends", () => {
  expect(split(["abcdefghij", "kl\nx\n"], 4)).toEqual(["abcd", "efgh", "ijkl", "x"]);
  expect(split(["abcd\nabcd", "\n\n"], 4)).toEqual(["abcd", "abcd", ""]);
});

test("however a text is cut into pieces, it has the same lines", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "\r", "\n"), maxLength: 40 });
  fc.assert(
    fc.property(text, fc.array(fc.nat({ max: 40 }), { maxLength: 6 }), (whole, cuts) => {
      const at = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
      const pieces = at.slice(1).map((end, i) => whole.slice(at[i], end));
      expect(split(pieces)).toEqual(linesOf(whole));
      expect(split(pieces, 3).join("")).toBe(whole.replace(/[\r\n]/g, ""));
    }),
    { numRuns: 1000 },
  );
});

test("a line of many small pieces is not searched again for each of them", () => {
  let longest = 0;
  const splitter = lineSplitter((line) => {
    longest = Math.max(longest, line.length);
  }, 1 << 18);
  // With a search from the beginning for every piece this takes minutes.
  for (let i = 0; i < 600_000; i++) splitter.take("x");
  splitter.end();
  expect(longest).toBe(1 << 18);
});
