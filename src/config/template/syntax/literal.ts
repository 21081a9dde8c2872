/** Go literals as values: integers are bigints and floats are numbers, so that the two kinds differ as in Go. */
import { TemplateError } from "../error.ts";

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

/** The value of a quoted or raw string literal, given with its quotes. */
export function unquote(literal: string, at: number): string {
  if (literal.startsWith("`")) return literal.slice(1, -1).replaceAll("\r", "");
  const quote = literal[0];
  const body = literal.slice(1, -1);
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (let i = 0; i < body.length; ) {
    if (body[i] !== "\\") {
      const c = String.fromCodePoint(body.codePointAt(i) as number);
      bytes.push(...encoder.encode(c));
      i += c.length;
      continue;
    }
    const sequence = /^\\(?:([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([abfnrtv\\"']))/.exec(
      body.slice(i),
    );
    const simple = sequence?.[5];
    if (!sequence || ((simple === '"' || simple === "'") && simple !== quote))
      throw new TemplateError(`invalid escape in ${literal}`, at + 1 + i);
    if (sequence[1]) bytes.push(Number.parseInt(sequence[1], 8));
    else if (sequence[2]) bytes.push(Number.parseInt(sequence[2], 16));
    else if (simple) bytes.push(...encoder.encode(escapes[simple]));
    else {
      const code = Number.parseInt((sequence[3] ?? sequence[4]) as string, 16);
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        throw new TemplateError(`invalid code point in ${literal}`, at + 1 + i);
      bytes.push(...encoder.encode(String.fromCodePoint(code)));
    }
    i += sequence[0].length;
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** `'x'` is the integer of its code point. */
export function charValue(literal: string, at: number): bigint {
  const text = unquote(literal, at);
  if ([...text].length !== 1) throw new TemplateError(`malformed character constant: ${literal}`, at);
  return BigInt(text.codePointAt(0) as number);
}

/**
 * An integer where the literal is integral (also `1e3`), else a float. Underscores and all of Go's bases are accepted.
 */
export function numberValue(literal: string, at: number): bigint | number {
  const negative = literal.startsWith("-");
  const written = literal.replace(/^[+-]/, "");
  // An underscore must stand between digits, or between a base's prefix and a digit.
  if (/__|_$|_\.|\._|^_|_[eEpP]|[eEpP][+-]?_/.test(written.replace(/^0[xX]/, "0")))
    throw new TemplateError(`bad number syntax: ${literal}`, at);
  const digits = written.replaceAll("_", "");
  const integer = /^0[oO]?[0-7]+$/.test(digits) ? `0o${digits.replace(/^0[oO]?/, "")}` : digits;
  if (/^(\d+|0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.test(integer)) {
    if (/^0\d*[89]/.test(digits)) throw new TemplateError(`bad number syntax: ${literal}`, at);
    const value = BigInt(integer) * (negative ? -1n : 1n);
    if (BigInt.asIntN(64, value) !== value) throw new TemplateError(`integer overflow: ${literal}`, at);
    return value;
  }
  const float = hexFloat(digits) ?? Number(digits);
  if (!Number.isFinite(float)) throw new TemplateError(`bad number syntax: ${literal}`, at);
  const signed = negative ? -float : float;
  // An integral float constant may be used as an integer only if it is written without a point.
  return signed;
}

function hexFloat(text: string): number | undefined {
  const match = /^0[xX]([\da-fA-F]*)\.?([\da-fA-F]*)[pP]([+-]?\d+)$/.exec(text);
  if (!match) return undefined;
  const [, whole = "", fraction = "", power = "0"] = match;
  return Number.parseInt(whole + fraction || "0", 16) * 2 ** (Number(power) - 4 * fraction.length);
}
