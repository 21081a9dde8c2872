/**
 * The value of a plain YAML scalar for Kubernetes. Its tools read YAML 1.1 through one Go library, whose behaviour is
 * the rule: `0644` is octal, `yes`, `on` and `y` are true, `1_000` and `12e03` are numbers, `22:22` and dates are
 * texts. Pure. Numbers that JSON or JavaScript cannot represent exactly are refused, never rounded.
 */

/** A value, or a sentence that says why there is none. */
export type Scalar = { readonly value: string | number | boolean | null } | { readonly refused: string };

const words = new Map<string, string | boolean | null>([
  ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((word) => [word, true] as const),
  ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((word) => [word, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
]);
const notFinite = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const bases: readonly (readonly [RegExp, number])[] = [
  [/^0[xX]([0-9a-fA-F]+)$/, 16],
  [/^0[bB]([01]+)$/, 2],
  [/^0[oO]?([0-7]+)$/, 8],
  [/^(0|[1-9][0-9]*)$/, 10],
];

/** @param text a scalar without quotes and without a tag, as it was written */
export function plainScalar(text: string): Scalar {
  const word = words.get(text);
  if (word !== undefined) return { value: word };
  if (notFinite.test(text)) return { refused: `${text} has no form in JSON, which Kubernetes speaks` };
  if (!/^[-+.0-9]/.test(text)) return { value: text };
  // A number that begins with a dot keeps its underscores, which makes it a text.
  const digits = text.startsWith(".") ? text : text.replaceAll("_", "");
  const whole = integer(digits);
  if (whole !== undefined) {
    if (whole >= 2n ** 64n || whole < -(2n ** 63n)) return { value: Number(whole) };
    if (String(Number(whole)) === String(whole)) return { value: Number(whole) };
    return { refused: `${text} is too large to be carried exactly` };
  }
  if (!float.test(digits)) return { value: text };
  const value = Number(digits);
  return Number.isFinite(value) ? { value } : { value: text };
}

function integer(digits: string): bigint | undefined {
  const negative = digits.startsWith("-");
  const bare = negative || digits.startsWith("+") ? digits.slice(1) : digits;
  const prefixes = { 16: "0x", 2: "0b", 8: "0o", 10: "" } as const;
  for (const [pattern, base] of bases) {
    const found = pattern.exec(bare)?.[1];
    if (found === undefined) continue;
    const value = BigInt(`${prefixes[base as keyof typeof prefixes]}${found}`);
    return negative ? -value : value;
  }
  return undefined;
}
