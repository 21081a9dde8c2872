/** sprig's arithmetic: 64-bit integers that wrap, floats for the `f` forms (exact decimals there, so decimal here too). */
import { FunctionError, isList, type TemplateFunction, type Value } from "../value.ts";
import { anyText, atLeast, fixed, float, integer } from "./arguments.ts";

const wrap = (value: bigint) => BigInt.asIntN(64, value);

export const numbers: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["add", (args) => wrap(args.reduce((sum: bigint, arg) => sum + integer(arg), 0n))],
  ["add1", fixed(1, (n) => wrap(integer(n) + 1n))],
  ["sub", fixed(2, (a, b) => wrap(integer(a) - integer(b)))],
  ["div", fixed(2, (a, b) => divide(integer(a), integer(b), "/"))],
  ["mod", fixed(2, (a, b) => divide(integer(a), integer(b), "%"))],
  ["mul", atLeast(1, (first, ...rest) => wrap(rest.reduce((all: bigint, arg) => all * integer(arg), integer(first))))],
  ["addf", (args) => decimal(args, (a, b) => a + b)],
  ["add1f", fixed(1, (n) => decimal([n, 1], (a, b) => a + b))],
  ["subf", atLeast(1, (...args) => decimal(args, (a, b) => a - b))],
  ["mulf", atLeast(1, (...args) => decimal(args, (a, b) => a * b))],
  ["divf", atLeast(1, (...args) => decimal(args, (a, b) => a / b))],
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
  ["atoi", fixed(1, (s) => (typeof s === "string" && /^[+-]?\d+$/.test(s) ? BigInt(s.replace(/^\+/, "")) : 0n))],
  ["toDecimal", fixed(1, (s) => octal(anyText(s)))],
  ["until", fixed(1, (n) => steps(0n, integer(n), integer(n) < 0n ? -1n : 1n))],
  ["untilStep", fixed(3, (from, to, step) => steps(integer(from), integer(to), integer(step)))],
  ["seq", (args) => sequence(args.map(integer))],
  [
    "randInt",
    fixed(2, (from, to) => integer(from) + BigInt(Math.floor(Math.random() * Number(integer(to) - integer(from))))),
  ],
]);

function divide(a: bigint, b: bigint, how: "/" | "%"): bigint {
  if (b === 0n) throw new FunctionError("integer divide by zero");
  return wrap(how === "/" ? a / b : a % b);
}

/** sprig computes these in decimals: 0.1 + 0.2 is 0.3. Fifteen digits are what a float can promise. */
function decimal(args: readonly Value[], operation: (a: number, b: number) => number): number {
  const result = args.map(float).reduce(operation);
  return Number.isFinite(result) ? Number(result.toPrecision(15)) : result;
}

function round(value: number, places: number, half: number): number {
  const scale = 10 ** places;
  const digit = scale * value;
  const part = digit - Math.trunc(digit);
  return (Math.abs(part) >= half ? Math.ceil(digit) : Math.floor(digit)) / scale;
}

function octal(text: string): bigint {
  return /^[0-7]+$/.test(text) ? BigInt(`0o${text}`) : 0n;
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

/** As the shell's seq, with both ends in. */
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
