/**
 * The built-in functions of Go templates: comparisons, logic (its short-circuiting is in the evaluator), printing,
 * indexing.
 */

import { sprintf } from "./printf.ts";
import { isPrintable } from "./quote.ts";
import { noValue, show, sprint, sprintln } from "./syntax/print.ts";
import { FunctionError, isList, isMap, isTrue, type TemplateFunction, typeName, type Value } from "./value.ts";

export const builtins: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["and", (args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1)],
  ["or", (args) => args.find(isTrue) ?? args.at(-1)],
  ["not", ([arg]) => !isTrue(arg)],
  ["len", ([arg]) => BigInt(lengthOf(arg))],
  ["index", ([of, ...keys]) => keys.reduce(indexOne, something(of))],
  ["slice", ([of, ...bounds]) => slice(of, bounds)],
  ["print", sprint],
  ["printf", ([format, ...args]) => sprintf(wantText(format), args)],
  ["println", sprintln],
  ["html", (args) => escapeHtml(printable(args))],
  ["js", (args) => escapeJs(printable(args))],
  ["urlquery", (args) => escapeQuery(printable(args))],
  ["eq", ([first, ...rest]) => eq(first, rest)],
  ["ne", ([a, b]) => !eq(a, [b])],
  ["lt", ([a, b]) => less(a, b)],
  ["le", ([a, b]) => less(a, b) || eq(a, [b])],
  ["gt", ([a, b]) => !(less(a, b) || eq(a, [b]))],
  ["ge", ([a, b]) => !less(a, b)],
]);

/** Minimum and maximum number of arguments of each function; Infinity means no maximum. */
export const builtinArity: Readonly<Record<string, readonly [number, number]>> = {
  and: [1, Number.POSITIVE_INFINITY],
  or: [1, Number.POSITIVE_INFINITY],
  not: [1, 1],
  len: [1, 1],
  index: [1, Number.POSITIVE_INFINITY],
  slice: [1, 4],
  printf: [1, Number.POSITIVE_INFINITY],
  eq: [1, Number.POSITIVE_INFINITY],
  ne: [2, 2],
  lt: [2, 2],
  le: [2, 2],
  gt: [2, 2],
  ge: [2, 2],
};

/** The text to escape. A missing value gives the text that an action prints for it. */
function printable(args: readonly Value[]): string {
  return sprint(args.map((arg) => (arg === null || arg === undefined ? noValue : arg)));
}

function something(of: Value): Value {
  if (of === null || of === undefined) throw new FunctionError("index of untyped nil");
  return of;
}

function wantText(value: Value): string {
  if (typeof value !== "string")
    throw new FunctionError(`wrong type for value; expected string; got ${typeName(value)}`);
  return value;
}

function lengthOf(value: Value): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (isList(value)) return value.length;
  if (isMap(value)) return value.size;
  throw new FunctionError(
    value === null || value === undefined ? "len of nil pointer" : `len of type ${typeName(value)}`,
  );
}

function indexOne(of: Value, key: Value): Value {
  if (of === null || of === undefined) throw new FunctionError("index of untyped nil");
  if (isMap(of)) {
    if (typeof key !== "string") throw new FunctionError(`value has type ${typeName(key)}; should be string`);
    return of.get(key);
  }
  const length = isList(of) ? of.length : typeof of === "string" ? Buffer.byteLength(of) : undefined;
  if (length === undefined) throw new FunctionError(`can't index item of type ${typeName(of)}`);
  if (typeof key !== "bigint") throw new FunctionError(`cannot index slice/array with type ${typeName(key)}`);
  if (key < 0n || key >= BigInt(length)) throw new FunctionError(`index out of range: ${key}`);
  return isList(of) ? of[Number(key)] : BigInt(Buffer.from(of as string)[Number(key)] as number);
}

function slice(of: Value, bounds: readonly Value[]): Value {
  const length = lengthOf(of);
  if (isMap(of)) throw new FunctionError(`can't slice item of type ${typeName(of)}`);
  if (typeof of === "string" && bounds.length === 3) throw new FunctionError("cannot 3-index slice a string");
  const numbers = bounds.map((bound) => {
    if (typeof bound !== "bigint") throw new FunctionError(`cannot index slice/array with type ${typeName(bound)}`);
    if (bound < 0n || bound > BigInt(length)) throw new FunctionError(`index out of range: ${bound}`);
    return Number(bound);
  });
  const [from = 0, to = length] = numbers;
  if (from > to) throw new FunctionError(`invalid slice index: ${from} > ${to}`);
  return typeof of === "string"
    ? Buffer.from(of).subarray(from, to).toString()
    : (of as readonly Value[]).slice(from, to);
}

function kindOf(value: Value): "bool" | "int" | "float" | "string" | "other" {
  return (
    ({ boolean: "bool", bigint: "int", number: "float", string: "string" } as const)[typeof value as "string"] ??
    "other"
  );
}

function eq(first: Value, rest: readonly Value[]): boolean {
  if (rest.length === 0) throw new FunctionError("missing argument for comparison");
  return rest.some((value) => {
    const none = (v: Value) => v === null || v === undefined;
    if (none(first) || none(value)) return none(first) && none(value);
    const [a, b] = [kindOf(first), kindOf(value)];
    if (a === "other" || b === "other")
      throw new FunctionError(
        a === b ? `non-comparable type ${show(first)}: ${typeName(first)}` : "incompatible types for comparison",
      );
    if (a !== b) throw new FunctionError("incompatible types for comparison");
    return first === value;
  });
}

function less(a: Value, b: Value): boolean {
  const [x, y] = [kindOf(a), kindOf(b)];
  if (x === "other" || y === "other" || x === "bool" || y === "bool")
    throw new FunctionError("invalid type for comparison");
  if (x !== y) throw new FunctionError("incompatible types for comparison");
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
  return (a as number) < (b as number);
}

function escapeHtml(text: string): string {
  const map: Record<string, string> = {
    "<": "&lt;",
    ">": "&gt;",
    "&": "&amp;",
    '"': "&#34;",
    "'": "&#39;",
    "\0": "\uFFFD",
  };
  return text.replace(/[<>&"'\0]/g, (c) => map[c] as string);
}

function escapeJs(text: string): string {
  const map: Record<string, string> = {
    "\\": "\\\\",
    "'": "\\'",
    '"': '\\"',
    "<": "\\u003C",
    ">": "\\u003E",
    "&": "\\u0026",
    "=": "\\u003D",
  };
  const code = (c: string) => `\\u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  return [...text].map((c) => map[c] ?? (c < " " || (c > "\x7f" && !isPrintable(c)) ? code(c) : c)).join("");
}

function escapeQuery(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}
