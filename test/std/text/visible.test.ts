import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { visible, visibleInPlace, visibleJson, visibleWithColours } from "../../../src/std/text/visible.ts";

const red = "\u001b[31m";
const reset = "\u001b[0m";
const cases: readonly (readonly [what: string, text: string, plain: string, coloured?: string])[] = [
  ["ordinary text", "GET /index.html 200 äöü 漢字 👩‍💻", "GET /index.html 200 äöü 漢字 👩‍💻"],
  ["tabs", "a\tb", "a\tb"],
  ["a write to the clipboard", "\u001b]52;c;Y3VybA==\u0007", "\\e]52;c;Y3VybA==\\x07"],
  ["a cleared screen", "\u001b[2J\u001b[H", "\\e[2J\\e[H"],
  ["a C1 control", "\u009b31m", "\\x9b31m"],
  ["a line written over", "a\rb\nc", "a\\rb\\nc"],
  ["backspaces", "safe\b\b\b\bevil", "safe\\x08\\x08\\x08\\x08evil"],
  ["bidirectional controls", "a\u202eb\u2066c\u200fd", "a\\u202eb\\u2066c\\u200fd"],
  ["line separators", "a\u2028b\u0085c", "a\\u2028b\\x85c"],
  ["a colour", `${red}a`, "\\e[31ma", `${red}a${reset}`],
  ["a colour that is reset", `${red}a${reset}`, "\\e[31ma\\e[0m", `${red}a${reset}`],
  ["a short reset", `${red}a\u001b[m`, "\\e[31ma\\e[m", `${red}a\u001b[m`],
  ["many colours", "\u001b[1;38:2::1:2:3ma", "\\e[1;38:2::1:2:3ma", "\u001b[1;38:2::1:2:3ma\u001b[0m"],
  ["what only looks like a colour", "\u001b[31\u001b[1Am", "\\e[31\\e[1Am"],
  ["a private sequence", "\u001b[?25l\u001b[>4;1m", "\\e[?25l\\e[>4;1m"],
];
describe.each(cases)("%s", (_, text, plain, coloured = plain) => {
  test("is seen", () => {
    expect(visible(text)).toBe(plain);
    expect(visibleWithColours(text)).toBe(coloured);
    expect(visibleInPlace(text)).toHaveLength(text.length);
    const json = visibleJson(JSON.stringify({ text }, null, 2));
    expect(JSON.parse(json)).toEqual({ text });
    expect(json.split("\n").map(visible).join("\n")).toBe(json);
  });
});

test("nothing that a terminal obeys is left, whatever the text", () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  const obeyed = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u206f]/;
  const piece = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("\u001b[", "\u001b[31m", "\u001b[0m", "31;1", "m", "\u001b]52;c;", "\u0007", "\u202e", "\r\n"),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      expect(visible(text)).not.toMatch(obeyed);
      expect(visibleInPlace(text)).not.toMatch(obeyed);
      expect(visible(visible(text))).toBe(visible(text));
      const shown = visibleWithColours(text);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one.
      const colours = shown.match(/\u001b\[[0-9;:]*m/g) ?? [];
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one.
      expect(shown.replace(/\u001b\[[0-9;:]*m/g, "")).not.toMatch(obeyed);
      if (colours.length > 0) expect(["\u001b[0m", "\u001b[m"]).toContain(colours.at(-1) ?? "");
      expect(visibleWithColours(shown)).toBe(shown);
    }),
    { numRuns: 2000 },
  );
});
