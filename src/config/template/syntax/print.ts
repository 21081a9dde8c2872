/** How Go formats values without a format: `%v`, `Sprint`, `Sprintln`, and `%#v`. */
import { formatFloat } from "../float-text.ts";
import { isList, isMap, isObject, type Value } from "../value.ts";

/** The text that an action prints for a missing value. */
export const noValue = "<no value>";

/** The value as `%v` prints it. Maps print with sorted keys: `map[a:1 b:2]`. */
export function show(value: Value): string {
  if (value === undefined) return noValue;
  if (value === null) return "<nil>";
  if (isList(value)) return `[${value.map(showInner).join(" ")}]`;
  if (isMap(value))
    return `map[${sortedKeys(value)
      .map((key) => `${key}:${showInner(value.get(key))}`)
      .join(" ")}]`;
  if (isObject(value)) return value.toString();
  if (typeof value === "number") return formatFloat(value, "g", -1);
  return String(value);
}

function showInner(value: Value): string {
  return show(value === undefined ? null : value);
}

/** A space stands between two operands when neither is a string. */
export function sprint(args: readonly Value[]): string {
  let text = "";
  for (const [i, arg] of args.entries()) {
    if (i > 0 && typeof arg !== "string" && typeof args[i - 1] !== "string") text += " ";
    text += showInner(arg);
  }
  return text;
}

export function sprintln(args: readonly Value[]): string {
  return `${args.map(showInner).join(" ")}\n`;
}

/** The value as `%#v` prints it: lists and maps as Go source. `leaf` formats everything else, map keys included. */
export function goSyntax(value: Value, leaf: (value: Value) => string): string {
  const inner = (one: Value) => (one === null || one === undefined ? "interface {}(nil)" : goSyntax(one, leaf));
  if (isList(value)) return `[]interface {}{${value.map(inner).join(", ")}}`;
  if (isMap(value))
    return `map[string]interface {}{${sortedKeys(value)
      .map((key) => `${leaf(key)}:${inner(value.get(key))}`)
      .join(", ")}}`;
  return leaf(value);
}

/** The keys sorted by bytes, as Go orders texts. */
export function sortedKeys(map: ReadonlyMap<string, Value>): string[] {
  return [...map.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
