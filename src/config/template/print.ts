/** Go's `fmt`: how values print with `%v`, and `Printf` with its verbs, flags, width and precision. */
import { isList, isMap, isObject, typeName, type Value } from "./value.ts";

/** `%v`. Maps print with sorted keys: `map[a:1 b:2]`. */
export function show(value: Value): string {
  if (value === undefined) return "<no value>";
  if (value === null) return "<nil>";
  if (isList(value)) return `[${value.map(showInner).join(" ")}]`;
  if (isMap(value))
    return `map[${[...value.keys()]
      .sort()
      .map((key) => `${key}:${showInner(value.get(key))}`)
      .join(" ")}]`;
  if (isObject(value)) return value.toString();
  if (typeof value === "number") return goFloat(value);
  return String(value);
}

function showInner(value: Value): string {
  return value === undefined ? "<nil>" : show(value);
}

/** `%v` of a float64: shortest form, exponent below 1e-4 and from 1e21. */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e21)) return exponent(value.toExponential());
  return value.toString();
}

/** JavaScript writes `1e-7`, Go `1e-07`. */
function exponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

/** Spaces stand between operands when neither is a string. */
export function sprint(args: readonly Value[]): string {
  let text = "";
  for (const [i, arg] of args.entries()) {
    if (i > 0 && typeof arg !== "string" && typeof args[i - 1] !== "string") text += " ";
    text += show(arg === undefined ? null : arg);
  }
  return text;
}

export function sprintln(args: readonly Value[]): string {
  return `${args.map((arg) => show(arg === undefined ? null : arg)).join(" ")}\n`;
}

interface Spec {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
}

const verbPattern = /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?(?:\[\d+\])?([a-zA-Z%])?/g;

export function sprintf(format: string, args: readonly Value[]): string {
  let used = 0;
  const star = (text: string | undefined): number | undefined => {
    if (text !== "*") return text === undefined ? undefined : Number(text || "0");
    const arg = args[used++];
    return typeof arg === "bigint" ? Number(arg) : undefined;
  };
  const text = format.replace(
    verbPattern,
    (
      _all,
      flags: string,
      widthText: string | undefined,
      precisionText: string | undefined,
      verb: string | undefined,
    ) => {
      const width = star(widthText) ?? 0;
      const precision = star(precisionText);
      if (verb === undefined) return "%!(NOVERB)";
      if (verb === "%") return "%";
      if (used >= args.length) return `%!${verb}(MISSING)`;
      const spec: Spec = { flags: width < 0 ? `${flags}-` : flags, width: Math.abs(width), precision };
      return pad(one(verb, args[used++], spec), spec, verb);
    },
  );
  if (used >= args.length) return text;
  const extra = args
    .slice(used)
    .map((arg) => (arg === null || arg === undefined ? "<nil>" : `${typeName(arg)}=${show(arg)}`));
  return `${text}%!(EXTRA ${extra.join(", ")})`;
}

function pad(text: string, { flags, width }: Spec, verb: string): string {
  const length = [...text].length;
  if (length >= width) return text;
  if (flags.includes("-")) return text + " ".repeat(width - length);
  if (flags.includes("0") && (!"sqvT".includes(verb) || /^[+-]?\d/.test(text))) {
    const sign = /^[+-]/.exec(text)?.[0] ?? "";
    return sign + "0".repeat(width - length) + text.slice(sign.length);
  }
  return (flags.includes("0") && "sq".includes(verb) ? "0" : " ").repeat(width - length) + text;
}

function one(verb: string, arg: Value, spec: Spec): string {
  if (verb === "T") return arg === null || arg === undefined ? "<nil>" : typeName(arg);
  if (verb === "v") return spec.flags.includes("#") ? goSyntax(arg) : plainVerb(arg, spec);
  if (arg === null || arg === undefined) return `%!${verb}(<nil>)`;
  if (isList(arg)) return `[${arg.map((item) => one(verb, item, spec)).join(" ")}]`;
  if (isMap(arg))
    return `map[${[...arg.keys()]
      .sort()
      .map((k) => `${one(verb, k, spec)}:${one(verb, arg.get(k), spec)}`)
      .join(" ")}]`;
  if (typeof arg === "bigint") return integer(verb, arg, spec);
  if (typeof arg === "number") return float(verb, arg, spec);
  if (typeof arg === "boolean") return verb === "t" ? String(arg) : `%!${verb}(bool=${arg})`;
  return text(verb, isObject(arg) ? arg.toString() : arg, spec, typeName(arg));
}

function plainVerb(arg: Value, spec: Spec): string {
  if (typeof arg === "bigint") return integer("d", arg, spec);
  if (typeof arg === "number") return spec.precision === undefined ? signed(goFloat(arg), spec) : float("g", arg, spec);
  if (typeof arg === "string") return text("s", arg, spec, "string");
  return show(arg === undefined ? null : arg);
}

function signed(text: string, { flags }: Spec): string {
  if (text.startsWith("-")) return text;
  return flags.includes("+") ? `+${text}` : flags.includes(" ") ? ` ${text}` : text;
}

function integer(verb: string, value: bigint, spec: Spec): string {
  const sharp = spec.flags.includes("#");
  const base = { d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 }[verb];
  if (base !== undefined) {
    const size = value < 0n ? -value : value;
    let digits = size.toString(base);
    if (spec.precision !== undefined) digits = digits.padStart(spec.precision, "0");
    const prefix = verb === "O" ? "0o" : !sharp ? "" : { b: "0b", o: "0", x: "0x", X: "0X", d: "", O: "" }[verb];
    if (verb === "X") digits = digits.toUpperCase();
    return signed(`${value < 0n ? "-" : ""}${prefix}${digits}`, spec);
  }
  if (verb === "c") return codePoint(value);
  if (verb === "q") return `'${codePoint(value)}'`;
  if (verb === "U")
    return `U+${value.toString(16).toUpperCase().padStart(4, "0")}${sharp ? ` '${codePoint(value)}'` : ""}`;
  return `%!${verb}(int=${value})`;
}

function codePoint(value: bigint): string {
  return value >= 0n && value <= 0x10ffffn ? String.fromCodePoint(Number(value)) : "\uFFFD";
}

function float(verb: string, value: number, spec: Spec): string {
  const special = !Number.isFinite(value) ? (Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf") : undefined;
  if (special) return special;
  switch (verb) {
    case "f":
    case "F":
      return signed(value.toFixed(spec.precision ?? 6), spec);
    case "e":
    case "E": {
      const result = exponent(value.toExponential(spec.precision ?? 6));
      return signed(verb === "E" ? result.toUpperCase() : result, spec);
    }
    case "g":
    case "G": {
      const result = general(value, spec.precision);
      return signed(verb === "G" ? result.toUpperCase() : result, spec);
    }
    default:
      return `%!${verb}(float64=${goFloat(value)})`;
  }
}

function general(value: number, precision: number | undefined): string {
  if (precision === undefined) return goFloat(value);
  const digits = Math.max(1, precision);
  const power = value === 0 ? 0 : Number(value.toExponential(digits - 1).split("e")[1]);
  if (power < -4 || power >= digits) return exponent(value.toExponential(digits - 1).replace(/\.?0+e/, "e"));
  const fixed = value.toFixed(Math.max(0, digits - 1 - power));
  return fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed;
}

function text(verb: string, value: string, spec: Spec, type: string): string {
  const cut = spec.precision === undefined ? value : [...value].slice(0, spec.precision).join("");
  switch (verb) {
    case "s":
      return cut;
    case "q":
      return spec.flags.includes("#") && !cut.includes("`") ? `\`${cut}\`` : quote(cut);
    case "x":
    case "X": {
      const hex = Buffer.from(cut).toString("hex");
      const spaced = spec.flags.includes(" ") ? (hex.match(/../g) ?? []).join(" ") : hex;
      return verb === "X" ? spaced.toUpperCase() : spaced;
    }
    default:
      return `%!${verb}(${type}=${value})`;
  }
}

const simpleEscapes: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

/** strconv.Quote. */
export function quote(value: string): string {
  let result = '"';
  for (const c of value) {
    const code = c.codePointAt(0) as number;
    if (simpleEscapes[c]) result += simpleEscapes[c];
    else if (code < 0x20 || code === 0x7f) result += `\\x${code.toString(16).padStart(2, "0")}`;
    else if (printable(c)) result += c;
    else
      result +=
        code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
  }
  return `${result}"`;
}

function printable(c: string): boolean {
  return c === " " || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(c);
}

/** `%#v`. */
function goSyntax(value: Value): string {
  if (value === null || value === undefined) return "<nil>";
  if (typeof value === "string") return quote(value);
  if (isList(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (isMap(value))
    return `map[string]interface {}{${[...value.keys()]
      .sort()
      .map((k) => `${quote(k)}:${goSyntax(value.get(k))}`)
      .join(", ")}}`;
  return show(value);
}
