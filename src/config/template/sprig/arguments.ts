/**
 * How sprig's functions convert their arguments: texts, integers and floats as permissively as sprig does (`cast`),
 * lists and dicts strictly. Every refusal is a FunctionError.
 */
import { show } from "../syntax/print.ts";
import { FunctionError, isList, isMap, isObject, type TemplateFunction, typeName, type Value } from "../value.ts";

/** A function with a checked number of arguments. */
export function fixed(count: number, call: (...args: Value[]) => Value): TemplateFunction {
  return (args) => {
    if (args.length !== count) throw new FunctionError(`wrong number of args: want ${count} got ${args.length}`);
    return call(...args);
  };
}

export function atLeast(count: number, call: (...args: Value[]) => Value): TemplateFunction {
  return (args) => {
    if (args.length < count) throw new FunctionError(`wrong number of args: want at least ${count} got ${args.length}`);
    return call(...args);
  };
}

/** The value of a parameter that is a string in Go; another type is refused. */
export function text(value: Value): string {
  if (typeof value !== "string")
    throw new FunctionError(
      `wrong type for value; expected string; got ${value === undefined || value === null ? "nil" : typeName(value)}`,
    );
  return value;
}

/** sprig's strval: any value as text. */
export function anyText(value: Value): string {
  if (value === undefined || value === null) return show(null);
  return show(value);
}

/** cast.ToInt64: a text that is no number is 0, as in sprig. */
export function integer(value: Value): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "string") return parseInteger(value);
  return 0n;
}

/** Parses Go's integer literals of any base; a fraction of zeros is removed; a number out of range is 0, too. */
function parseInteger(value: string): bigint {
  const trimmed = value.replace(/\.0*$/, "");
  if (misplacedUnderscore(trimmed)) return 0n;
  const [, sign, digits = ""] =
    /^([+-]?)(0[xX][\da-fA-F]+|0[bB][01]+|0[oO]?[0-7]*|[1-9]\d*)$/.exec(trimmed.replaceAll("_", "")) ?? [];
  if (digits === "") return 0n;
  const size = BigInt(/^0[oO]?[0-7]+$/.test(digits) ? `0o${digits.replace(/^0[oO]?/, "")}` : digits);
  const signed = sign === "-" ? -size : size;
  return BigInt.asIntN(64, signed) === signed ? signed : 0n;
}

function misplacedUnderscore(text: string): boolean {
  return /^[+-]?_|__|_$|_[^\da-fA-F]|[^\da-fA-FxXoObB]_/.test(text);
}

/** cast.ToFloat64: text that is no number is 0. */
export function float(value: Value): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value !== "string" || misplacedUnderscore(value)) return 0;
  const plain = value.replaceAll("_", "");
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(plain)) return Number(plain);
  if (/^[+-]?inf(inity)?$/i.test(plain)) return plain.startsWith("-") ? -Infinity : Infinity;
  return /^nan$/i.test(plain) ? Number.NaN : 0;
}

export function list(value: Value): readonly Value[] {
  if (!isList(value))
    throw new FunctionError(
      `Cannot find a list in type ${value === undefined || value === null ? "nil" : typeName(value)}`,
    );
  return value;
}

export function dict(value: Value): Map<string, Value> {
  if (!isMap(value))
    throw new FunctionError(
      `wrong type for value; expected map[string]interface {}; got ${value === undefined || value === null ? "nil" : typeName(value)}`,
    );
  return value as Map<string, Value>;
}

/** sprig's empty: nil, false, 0, "" and empty collections. */
export function isEmpty(value: Value): boolean {
  if (value === undefined || value === null || value === false || value === "" || value === 0 || value === 0n)
    return true;
  if (isList(value)) return value.length === 0;
  return isMap(value) && value.size === 0;
}

/** reflect.DeepEqual on template values. */
export function same(a: Value, b: Value): boolean {
  if (isList(a) && isList(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (isMap(a) && isMap(b))
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && same(value, b.get(key)));
  if (isObject(a) && isObject(b)) return a.goType === b.goType && a.toString() === b.toString();
  return (a ?? null) === (b ?? null);
}

/** A deep copy of dicts and lists. */
export function copied(value: Value): Value {
  if (isList(value)) return value.map(copied);
  if (isMap(value)) return new Map([...value].map(([key, item]) => [key, copied(item)]));
  return value;
}
