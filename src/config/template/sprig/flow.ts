/** sprig's functions for default values, choices and tests of types. */
import {
  FunctionError,
  isList,
  isMap,
  isObject,
  isTrue,
  type TemplateFunction,
  typeName,
  type Value,
} from "../value.ts";
import { atLeast, fixed, isEmpty, text } from "./arguments.ts";

export const flow: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["default", atLeast(1, (fallback, given) => (isEmpty(given) ? fallback : given))],
  ["empty", fixed(1, isEmpty)],
  ["coalesce", (args) => args.find((arg) => !isEmpty(arg)) ?? null],
  ["all", (args) => args.every((arg) => !isEmpty(arg))],
  ["any", (args) => args.some((arg) => !isEmpty(arg))],
  ["ternary", fixed(3, (yes, no, test) => (isTrue(test) ? yes : no))],
  ["fail", fixed(1, (message) => refuse(text(message)))],
  ["hello", fixed(0, () => "Hello!")],
  ["kindOf", fixed(1, kind)],
  ["kindIs", fixed(2, (want, value) => kind(value) === text(want))],
  ["typeOf", fixed(1, type)],
  ["typeIs", fixed(2, (want, value) => type(value) === text(want))],
  ["typeIsLike", fixed(2, (want, value) => [text(want), `*${text(want)}`].includes(type(value)))],
]);

function refuse(message: string): never {
  throw new FunctionError(message);
}

function type(value: Value): string {
  return value === null || value === undefined ? "<nil>" : typeName(value);
}

function kind(value: Value): string {
  if (value === null || value === undefined) return "invalid";
  if (isList(value)) return "slice";
  if (isMap(value)) return "map";
  if (isObject(value)) return value.goType.startsWith("*") ? "ptr" : "struct";
  return typeName(value);
}
