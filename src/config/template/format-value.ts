/**
 * Formats one value by one verb of Go's `Printf`, with flags, width and precision. A verb that does not fit the value
 * prints Go's error text in its place.
 */
import { formatFloat } from "./float-text.ts";
import { fitsBackquotes, isPrintable, quote, quoteCharacter } from "./quote.ts";
import { goSyntax, sortedKeys } from "./syntax/print.ts";
import { FunctionError, isList, isMap, isObject, typeName, type Value } from "./value.ts";

export interface Spec {
  readonly sharp: boolean;
  readonly zero: boolean;
  readonly plus: boolean;
  readonly minus: boolean;
  readonly space: boolean;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

/** The value's text. A width applies to each element of a list or map, not to the whole. */
export function formatValue(verb: string, arg: Value, spec: Spec): string {
  if (verb === "T") return arg === null || arg === undefined ? pad("<nil>", spec) : text("s", typeName(arg), spec);
  // For `v`, the flags `#` and `+` select another form instead of a sign.
  if (verb === "v" && spec.sharp) {
    const plain = { ...spec, sharp: false, plus: false };
    if (arg === null || arg === undefined) return pad("<nil>", plain);
    return goSyntax(arg, (value) => one(typeof value === "string" ? "q" : "v", value, plain));
  }
  return one(verb, arg, verb === "v" ? { ...spec, plus: false } : spec);
}

function one(verb: string, arg: Value, spec: Spec): string {
  if (arg === null || arg === undefined) return verb === "v" ? pad("<nil>", spec) : `%!${verb}(<nil>)`;
  const inner = (value: Value) => (value === null || value === undefined ? "<nil>" : one(verb, value, spec));
  if (isList(arg)) return `[${arg.map(inner).join(" ")}]`;
  if (isMap(arg))
    return `map[${sortedKeys(arg)
      .map((key) => `${one(verb, key, spec)}:${inner(arg.get(key))}`)
      .join(" ")}]`;
  if (typeof arg === "bigint") return integer(verb, arg, spec);
  if (typeof arg === "number") return float(verb, arg, spec);
  if (typeof arg === "boolean") return verb === "t" || verb === "v" ? pad(String(arg), spec) : misfit(verb, arg, spec);
  return "vsxXq".includes(verb) ? text(verb, isObject(arg) ? arg.toString() : arg, spec) : misfit(verb, arg, spec);
}

function misfit(verb: string, arg: Value, spec: Spec): string {
  return `%!${verb}(${typeName(arg)}=${one("v", arg, spec)})`;
}

function pad(value: string, { width = 0, minus, zero }: Spec): string {
  const missing = width - [...value].length;
  if (missing <= 0) return value;
  return minus ? value + " ".repeat(missing) : (zero ? "0" : " ").repeat(missing) + value;
}

const bases: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
const prefixes: Readonly<Record<string, string>> = { b: "0b", x: "0x", X: "0X" };

function integer(verb: string, value: bigint, spec: Spec): string {
  const base = bases[verb];
  if (base !== undefined) return based(verb, base, value, spec);
  const known = value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value < 0xe000n);
  const character = known ? String.fromCodePoint(Number(value)) : "\uFFFD";
  if (verb === "c") return pad(character, spec);
  if (verb === "q") return pad(quoteCharacter(character, spec.plus), spec);
  if (verb !== "U") return misfit(verb, value, spec);
  const digits = BigInt.asUintN(64, value)
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(4, spec.precision ?? 0), "0");
  const shown = spec.sharp && known && isPrintable(character) ? ` '${character}'` : "";
  return pad(`U+${digits}${shown}`, { ...spec, zero: false });
}

function based(verb: string, base: number, value: bigint, spec: Spec): string {
  const { precision, width, plus, minus, space, sharp, zero } = spec;
  if (precision === 0 && value === 0n) return pad("", { ...spec, zero: false });
  const sign = value < 0n ? "-" : plus ? "+" : space ? " " : "";
  const filled = precision ?? (zero && !minus && width !== undefined ? width - sign.length : 0);
  let digits = (value < 0n ? -value : value).toString(base).padStart(filled, "0");
  if (verb === "X") digits = digits.toUpperCase();
  if (verb === "O") digits = `0o${sharp && !digits.startsWith("0") ? "0" : ""}${digits}`;
  else if (sharp && base === 8 && !digits.startsWith("0")) digits = `0${digits}`;
  else if (sharp) digits = `${prefixes[verb] ?? ""}${digits}`;
  return pad(sign + digits, { ...spec, zero: false });
}

function float(verb: string, value: number, spec: Spec): string {
  const lower = verb.toLowerCase();
  if (lower === "x" || verb === "b") throw new FunctionError(`%${verb} of a float is not supported`);
  const format = lower === "v" ? "g" : lower;
  if (format !== "e" && format !== "f" && format !== "g") return misfit(verb, value, spec);
  let digits = formatFloat(value, format, spec.precision ?? (format === "g" ? -1 : 6));
  if (spec.sharp && Number.isFinite(value)) digits = withPoint(digits, format, spec.precision);
  if (verb === "E" || verb === "G") digits = digits.toUpperCase();
  const bare = digits.replace(/^[+-]/, "");
  const negative = digits.startsWith("-");
  if (!Number.isFinite(value)) {
    const sign = negative ? "-" : spec.plus ? "+" : spec.space ? " " : Number.isNaN(value) ? "" : "+";
    return pad(sign + (Number.isNaN(value) ? "NaN" : "Inf"), { ...spec, zero: false });
  }
  const sign = negative ? "-" : spec.plus ? "+" : spec.space ? " " : "";
  const fill = spec.zero && !spec.minus ? Math.max(0, (spec.width ?? 0) - sign.length - bare.length) : 0;
  return pad(sign + "0".repeat(fill) + bare, spec);
}

/** `#` keeps the point, and for `g` the zeros that fill the precision. */
function withPoint(digits: string, format: string, precision: number | undefined): string {
  const [, number = "", power = ""] = /^([^e]*)(e.*)?$/.exec(digits) ?? [];
  const pointed = number.includes(".") ? number : `${number}.`;
  if (format !== "g") return pointed + power;
  const significant = pointed.replace(/^-?0*\.?0*|\./g, "").length;
  const zero = !/[1-9]/.test(pointed);
  const have = zero ? pointed.replace(/[-.]/g, "").length : significant;
  const missing = Math.max(1, precision ?? 6) - have;
  return pointed + "0".repeat(Math.max(0, missing)) + power;
}

function text(verb: string, value: string, spec: Spec): string {
  const { precision, sharp, plus, space } = spec;
  if (verb === "x" || verb === "X") {
    const bytes = Buffer.from(value).subarray(0, precision);
    const pairs = bytes.toString("hex").match(/../g) ?? [];
    const prefix = sharp && pairs.length > 0 ? "0x" : "";
    const hex = space ? pairs.map((pair) => prefix + pair).join(" ") : prefix + pairs.join("");
    return pad(verb === "X" ? hex.toUpperCase() : hex, spec);
  }
  const cut = precision === undefined ? value : [...value].slice(0, precision).join("");
  if (verb !== "q") return pad(cut, spec);
  return pad(sharp && fitsBackquotes(cut) ? `\`${cut}\`` : quote(cut, plus), spec);
}
