/** sprig's arithmetic: 64-bit integers that wrap around, and exact decimals for the `f` functions, as in sprig. */
import { FunctionError, isList, type TemplateFunction, type Value } from "../value.ts";
import { anyText, atLeast, fixed, float, integer, text } from "./arguments.ts";
import { decimalFold } from "./decimal.ts";

const wrap = (value: bigint) => BigInt.asIntN(64, value);

export const numbers: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["add", (args) => wrap(args.reduce((sum: bigint, arg) => sum + integer(arg), 0n))],
  ["add1", fixed(1, (n) => wrap(integer(n) + 1n))],
  ["sub", fixed(2, (a, b) => wrap(integer(a) - integer(b)))],
  ["div", fixed(2, (a, b) => divide(integer(a), integer(b), "/"))],
  ["mod", fixed(2, (a, b) => divide(integer(a), integer(b), "%"))],
  ["mul", atLeast(1, (first, ...rest) => wrap(rest.reduce((all: bigint, arg) => all * integer(arg), integer(first))))],
  ["addf", (args) => decimalFold(args.map(float), "add")],
  ["add1f", fixed(1, (n) => decimalFold([float(n), 1], "add"))],
  ["subf", atLeast(1, (...args) => decimalFold(args.map(float), "sub"))],
  ["mulf", atLeast(1, (...args) => decimalFold(args.map(float), "mul"))],
  ["divf", atLeast(1, (...args) => decimalFold(args.map(float), "div"))],
  ["max", atLeast(1, (...args) => args.map(integer).reduce((a, b) => (b > a ? b : a)))],
  ["biggest", atLeast(1, (...args) => args.map(integer).reduce((a, b) => (b > a ? b : a)))],
  ["min", atLeast(1, (...args) => args.map(integer).reduce((a, b) => (b < a ? b : a)))],
  ["maxf", atLeast(1, (...args) => Math.max(...args.map(float)))],
  ["minf", atLeast(1, (...args) => Math.min(...args.map(float)))],
  ["floor", fixed(1, (n) => Math.floor(float(n)))],
  ["ceil", fixed(1, (n) => Math.ceil(float(n)))],
  [
    "round",
    atLeast(2, (n, places, half) => round(float(n), Number(integer(places)), half === undefined ? 0.5 : float(half))),
  ],
  ["int", fixed(1, integer)],
  ["int64", fixed(1, integer)],
  ["float64", fixed(1, float)],
  ["atoi", fixed(1, (s) => (/^[+-]?\d+$/.test(text(s)) ? BigInt(text(s).replace(/^\+/, "")) : 0n))],
  ["toDecimal", fixed(1, (s) => octal(anyText(s)))],
  ["until", fixed(1, (n) => steps(0n, integer(n), integer(n) < 0n ? -1n : 1n))],
  ["untilStep", fixed(3, (from, to, step) => steps(integer(from), integer(to), integer(step)))],
  ["seq", (args) => sequence(args.map(integer))],
]);

function divide(a: bigint, b: bigint, how: "/" | "%"): bigint {
  if (b === 0n) throw new FunctionError("integer divide by zero");
  return wrap(how === "/" ? a / b : a % b);
}

function round(value: number, places: number, half: number): number {
  const scale = 10 ** places;
  const digit = scale * value;
  const part = digit - Math.trunc(digit);
  return (part >= half ? Math.ceil(digit) : Math.floor(digit)) / scale;
}

function octal(value: string): bigint {
  const [, sign, digits] = /^([+-]?)([0-7]+)$/.exec(value) ?? [];
  return digits === undefined ? 0n : BigInt(`0o${digits}`) * (sign === "-" ? -1n : 1n);
}

const longest = 1_000_000;

function steps(from: bigint, to: bigint, step: bigint): Value[] {
  const items: Value[] = [];
  if (step === 0n || (to < from && step > 0n) || (to > from && step < 0n)) return items;
  for (let i = from; step > 0n ? i < to : i > to; i += step) {
    items.push(i);
    if (items.length > longest) throw new FunctionError("the list is too long");
  }
  return items;
}

/** The numbers of the shell's `seq`, both ends included. */
function sequence(args: readonly bigint[]): string {
  const [first = 0n, second, third] = args;
  const [from, step, to] =
    third !== undefined
      ? [first, second ?? 1n, third]
      : second !== undefined
        ? [first, second >= first ? 1n : -1n, second]
        : [1n, first >= 1n ? 1n : -1n, first];
  if (args.length === 0 || args.length > 3 || step === 0n) return "";
  const items = steps(from, step > 0n ? to + 1n : to - 1n, step);
  return isList(items) ? items.join(" ") : "";
}
