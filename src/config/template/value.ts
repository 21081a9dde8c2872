/**
 * The values of a template, and Go's rules about them: which values are true, the fields of a value, its kind. Integers
 * are bigints and floats are numbers; `undefined` is Go's invalid value (a missing key).
 */
export type Value =
  | string
  | boolean
  | bigint
  | number
  | null
  | undefined
  | readonly Value[]
  | ReadonlyMap<string, Value>
  | GoObject;

/** A value with methods and its own text form: a time, a duration. */
export interface GoObject {
  readonly goType: string;
  /** The text that `print` shows. */
  toString(): string;
  method?(name: string, args: readonly Value[]): Value;
}

export type TemplateFunction = (args: readonly Value[]) => Value;

/** An error of a function; the evaluator adds the position. */
export class FunctionError extends Error {
  override readonly name = "FunctionError";
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isMap(value: Value): value is ReadonlyMap<string, Value> {
  return value instanceof Map;
}

export function isObject(value: Value): value is GoObject {
  return typeof value === "object" && value !== null && "goType" in value;
}

/** Go's truth: false, 0, "", nil and empty collections are false. */
export function isTrue(value: Value): boolean {
  if (value === undefined || value === null || value === false || value === "" || value === 0 || value === 0n)
    return false;
  if (isList(value)) return value.length > 0;
  if (isMap(value)) return value.size > 0;
  return true;
}

/** The kind by the name that Go's messages use. */
export function typeName(value: Value): string {
  if (value === undefined || value === null) return "nil";
  if (isList(value)) return "[]interface {}";
  if (isMap(value)) return "map[string]interface {}";
  if (isObject(value)) return value.goType;
  return { string: "string", boolean: "bool", bigint: "int", number: "float64" }[
    typeof value as "string" | "boolean" | "bigint" | "number"
  ];
}

/** Template data from plain JSON-like values: whole numbers become integers. */
export function toValue(data: unknown): Value {
  if (
    data === null ||
    data === undefined ||
    typeof data === "string" ||
    typeof data === "boolean" ||
    typeof data === "bigint"
  )
    return data;
  if (typeof data === "number") return Number.isSafeInteger(data) ? BigInt(data) : data;
  if (Array.isArray(data)) return data.map(toValue);
  if (data instanceof Map) return new Map([...data].map(([k, v]) => [String(k), toValue(v)]));
  return new Map(Object.entries(data as object).map(([k, v]) => [k, toValue(v)]));
}
