/**
 * sprig's functions on lists and dicts. Arguments are not changed, except by `set` and `unset`, which change theirs as
 * in sprig.
 */
import { sortedKeys } from "../syntax/print.ts";
import { FunctionError, isList, isMap, type TemplateFunction, typeName, type Value } from "../value.ts";
import { anyText, atLeast, copied, dict, fixed, integer, isEmpty, list, same, text } from "./arguments.ts";

const plain: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["list", (args) => [...args]],
  ["tuple", (args) => [...args]],
  ["first", fixed(1, (l) => list(l)[0] ?? null)],
  ["last", fixed(1, (l) => list(l).at(-1) ?? null)],
  ["rest", fixed(1, (l) => list(l).slice(1))],
  ["initial", fixed(1, (l) => list(l).slice(0, -1))],
  ["append", fixed(2, (l, item) => [...list(l), item])],
  ["push", fixed(2, (l, item) => [...list(l), item])],
  ["prepend", fixed(2, (l, item) => [item, ...list(l)])],
  ["concat", (args) => args.flatMap(list)],
  ["reverse", fixed(1, (l) => [...list(l)].reverse())],
  ["uniq", fixed(1, (l) => unique(list(l)))],
  ["without", atLeast(1, (l, ...omit) => list(l).filter((item) => !omit.some((o) => same(o, item))))],
  ["has", fixed(2, (item, l) => l !== null && l !== undefined && list(l).some((other) => same(item, other)))],
  ["compact", fixed(1, (l) => list(l).filter((item) => !isEmpty(item)))],
  ["slice", atLeast(1, slice)],
  ["chunk", fixed(2, (size, l) => chunks(Number(integer(size)), list(l)))],
  ["dict", makeDict],
  ["get", fixed(2, (d, key) => dict(d).get(text(key)) ?? "")],
  ["set", fixed(3, (d, key, value) => dict(d).set(text(key), value))],
  ["unset", fixed(2, (d, key) => removed(dict(d), text(key)))],
  ["hasKey", fixed(2, (d, key) => dict(d).has(text(key)))],
  [
    "pluck",
    atLeast(1, (key, ...dicts) =>
      dicts
        .map(dict)
        .filter((d) => d.has(text(key)))
        .map((d) => d.get(text(key))),
    ),
  ],
  // Sorted keys; sprig's order is random. The same template thus gives the same text.
  ["keys", (args) => args.flatMap((d) => sortedKeys(dict(d)))],
  ["values", fixed(1, (d) => sortedKeys(dict(d)).map((key) => dict(d).get(key)))],
  ["pick", atLeast(1, (d, ...keys) => new Map([...dict(d)].filter(([key]) => keys.includes(key))))],
  ["omit", atLeast(1, (d, ...keys) => new Map([...dict(d)].filter(([key]) => !keys.includes(key))))],
  ["merge", atLeast(1, (into, ...from) => from.reduce((all: Value, one) => merge(dict(all), dict(one), false), into))],
  [
    "mergeOverwrite",
    atLeast(1, (into, ...from) => from.reduce((all: Value, one) => merge(dict(all), dict(one), true), into)),
  ],
  ["deepCopy", fixed(1, copied)],
  ["deepEqual", fixed(2, same)],
  ["dig", atLeast(3, (...args) => dig(args))],
]);

/** Functions that also exist with the prefix `must`. In sprig only that form reports a wrong type; here both do. */
const withMust = [
  ..."append push prepend first last rest initial reverse compact uniq without has slice chunk".split(" "),
  ..."merge mergeOverwrite deepCopy".split(" "),
];

export const lists: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ...plain,
  ...[...plain]
    .filter(([name]) => withMust.includes(name))
    .map(([name, call]) => [`must${name.charAt(0).toUpperCase()}${name.slice(1)}`, call] as const),
]);

/** A slice of a list. An empty list gives an invalid value; indexes outside of the list are refused. */
function slice(of: Value, from: Value, to: Value): Value {
  const items = list(of);
  if (items.length === 0) return null;
  const start = from === undefined ? 0 : Number(integer(from));
  const end = to === undefined ? items.length : Number(integer(to));
  if (start < 0 || end > items.length || start > end)
    throw new FunctionError(`slice: [${start}:${end}] is outside of a list of ${items.length}`);
  return items.slice(start, end);
}

function unique(items: readonly Value[]): Value[] {
  const kept: Value[] = [];
  for (const item of items) if (!kept.some((other) => same(other, item))) kept.push(item);
  return kept;
}

function chunks(size: number, items: readonly Value[]): Value[] {
  if (size <= 0) throw new FunctionError("chunk: the size must be above 0");
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** A dict of the arguments; a key without a value gets an empty text. */
function makeDict(args: readonly Value[]): Value {
  const made = new Map<string, Value>();
  for (let i = 0; i < args.length; i += 2) made.set(anyText(args[i]), i + 1 < args.length ? args[i + 1] : "");
  return made;
}

function removed(from: Map<string, Value>, key: string): Map<string, Value> {
  from.delete(key);
  return from;
}

/** Merges into the first dict itself. Its own values win unless they are empty; with `overwrite` they never win. */
function merge(into: Map<string, Value>, from: ReadonlyMap<string, Value>, overwrite: boolean): Map<string, Value> {
  for (const [key, value] of from) {
    const mine = into.get(key);
    if (isMap(mine) && isMap(value)) merge(mine as Map<string, Value>, value, overwrite);
    else if (overwrite || isEmpty(mine)) into.set(key, copied(value));
  }
  return into;
}

function dig(args: readonly Value[]): Value {
  const [fallback, of] = [args.at(-2), args.at(-1)];
  let value: Value = dict(of);
  for (const key of args.slice(0, -2)) {
    if (!isMap(value))
      throw new FunctionError(isList(value) ? "dig: a list has no keys" : `dig: ${typeName(value)} has no keys`);
    if (!value.has(text(key))) return fallback;
    value = value.get(text(key));
  }
  return value;
}
