/**
 * Go's `Sprintf`: parses a format with flags, widths and precisions from the text or the arguments, and explicit
 * argument numbers. Where format and arguments do not fit, the output holds Go's error text; no error is thrown.
 */
import { formatValue, type Spec } from "./format-value.ts";
import { show } from "./syntax/print.ts";
import { typeName, type Value } from "./value.ts";

/** Greater widths and precisions are refused, as in Go. */
const most = 1_000_000;

/** The format with the arguments inserted. */
export function sprintf(format: string, args: readonly Value[]): string {
  const reader: Reader = { format, args, at: 0, next: 0, afterNumber: false, numbered: false, fits: true };
  let out = "";
  for (;;) {
    const percent = format.indexOf("%", reader.at);
    if (percent < 0) return out + format.slice(reader.at) + extra(reader);
    out += format.slice(reader.at, percent);
    reader.at = percent + 1;
    out += readVerb(reader);
  }
}

interface Reader {
  readonly format: string;
  readonly args: readonly Value[];
  at: number;
  /** Index of the next argument. */
  next: number;
  /** True directly after an argument number. */
  afterNumber: boolean;
  /** True once an argument was selected by its number: then no argument is reported as extra. */
  numbered: boolean;
  /** False once a number selected no existing argument in the current verb. */
  fits: boolean;
}

function readVerb(r: Reader): string {
  r.fits = true;
  r.afterNumber = false;
  const flags = /^[#0+\- ]*/.exec(r.format.slice(r.at))?.[0] ?? "";
  r.at += flags.length;
  let complaint = "";
  const spec: { -readonly [K in keyof Spec]: Spec[K] } = {
    sharp: flags.includes("#"),
    zero: flags.includes("0"),
    plus: flags.includes("+"),
    minus: flags.includes("-"),
    space: flags.includes(" "),
    width: undefined,
    precision: undefined,
  };
  readNumber(r);
  if (r.format[r.at] === "*") {
    r.at++;
    const width = takeSize(r);
    if (width === undefined) complaint += "%!(BADWIDTH)";
    else {
      spec.width = Math.abs(width);
      if (width < 0) Object.assign(spec, { minus: true, zero: false });
    }
  } else {
    spec.width = readDigits(r);
    if (r.afterNumber && spec.width !== undefined) r.fits = false;
  }
  if (r.format[r.at] === ".") {
    r.at++;
    if (r.afterNumber) r.fits = false;
    readNumber(r);
    if (r.format[r.at] === "*") {
      r.at++;
      const precision = takeSize(r);
      // A negative precision is ignored, and still reported.
      if (precision === undefined || precision < 0) complaint += "%!(BADPREC)";
      else spec.precision = precision;
    } else spec.precision = readDigits(r) ?? 0;
  }
  if (!r.afterNumber) readNumber(r);
  const verb = String.fromCodePoint(r.format.codePointAt(r.at) ?? 0);
  if (r.at >= r.format.length) return `${complaint}%!(NOVERB)`;
  r.at += verb.length;
  if (verb === "%") return `${complaint}%`;
  if (!r.fits) return `${complaint}%!${verb}(BADINDEX)`;
  if (r.next >= r.args.length) return `${complaint}%!${verb}(MISSING)`;
  return complaint + formatValue(verb, r.args[r.next++], spec);
}

/** Reads `[n]`: the index of the next argument. */
function readNumber(r: Reader): void {
  r.afterNumber = false;
  if (r.format[r.at] !== "[") return;
  r.numbered = true;
  const close = r.format.indexOf("]", r.at);
  const number = close < 0 ? "" : r.format.slice(r.at + 1, close);
  r.at = close < 0 ? r.at + 1 : close + 1;
  const index = /^\d{1,7}$/.test(number) ? Number(number) - 1 : -1;
  if (index >= 0 && index < r.args.length) {
    r.next = index;
    r.afterNumber = true;
  } else r.fits = false;
}

function readDigits(r: Reader): number | undefined {
  const digits = /^\d+/.exec(r.format.slice(r.at))?.[0];
  if (digits === undefined) return undefined;
  r.at += digits.length;
  return Number(digits) > most ? undefined : Number(digits);
}

/** Reads a width or precision from the arguments. */
function takeSize(r: Reader): number | undefined {
  r.afterNumber = false;
  if (r.next >= r.args.length) return undefined;
  const arg = r.args[r.next++];
  return typeof arg === "bigint" && arg >= -BigInt(most) && arg <= BigInt(most) ? Number(arg) : undefined;
}

function extra({ args, next, numbered }: Reader): string {
  if (numbered || next >= args.length) return "";
  const told = args
    .slice(next)
    .map((arg) => (arg === null || arg === undefined ? "<nil>" : `${typeName(arg)}=${show(arg)}`));
  return `%!(EXTRA ${told.join(", ")})`;
}
