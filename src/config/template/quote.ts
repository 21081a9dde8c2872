/** Go's quoted forms of texts and characters: which characters stay as they are, and how the others are escaped. */

const simpleEscapes: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

/** The text in double quotes; with `ascii`, all characters beyond ASCII are escaped. */
export function quote(value: string, ascii = false): string {
  return `"${[...value].map((c) => escaped(c, '"', ascii)).join("")}"`;
}

/** One character in single quotes. */
export function quoteCharacter(c: string, ascii = false): string {
  return `'${escaped(c, "'", ascii)}'`;
}

/** Whether the text can stand between back quotes. */
export function fitsBackquotes(value: string): boolean {
  return !/[^\P{Cc}\t]|[`\uFEFF]/u.test(value);
}

/** True for letters, marks, numbers, punctuation and symbols, and for no blank but the ASCII space. */
export function isPrintable(c: string): boolean {
  return c === " " || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(c);
}

function escaped(c: string, mark: string, ascii: boolean): string {
  const code = c.codePointAt(0) ?? 0;
  if (c === mark) return `\\${c}`;
  const simple = simpleEscapes[c];
  if (simple !== undefined) return simple;
  if (isPrintable(c) && !(ascii && code > 0x7e)) return c;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  const hex = code.toString(16);
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
