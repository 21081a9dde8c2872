/** sprig's functions on lists and dicts. Nothing given is changed, except by `set` and `unset`, which change it as in sprig. */
import { FunctionError, isList, isMap, type TemplateFunction, typeName, type Value } from "../value.ts";
import { anyText, atLeast, copied, dict, fixed, integer, isEmpty, list, same, text } from "./arguments.ts";

export const lists: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
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
  [
    "slice",
    atLeast(1, (l, from, to) =>
      list(l).slice(from === undefined ? 0 : Number(integer(from)), to === undefined ? undefined : Number(integer(to))),
    ),
  ],
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
  ["keys", (args) => args.flatMap((d) => [...dict(d).keys()])],
  ["values", fixed(1, (d) => [...dict(d).values()])],
  ["pick", atLeast(1, (d, ...keys) => new Map([...dict(d)].filter(([key]) => keys.includes(key))))],
  ["omit", atLeast(1, (d, ...keys) => new Map([...dict(d)].filter(([key]) => !keys.includes(key))))],
  ["merge", atLeast(1, (into, ...from) => from.reduce((all: Value, one) => merge(dict(all), dict(one), false), into))],
  [
    "mustMerge",
    atLeast(1, (into, ...from) => from.reduce((all: Value, one) => merge(dict(all), dict(one), false), into)),
  ],
  [
    "mergeOverwrite",
    atLeast(1, (into, ...from) => from.reduce((all: Value, one) => merge(dict(all), dict(one), true), into)),
  ],
  ["deepCopy", fixed(1, copied)],
  ["deepEqual", fixed(2, same)],
  ["dig", atLeast(3, (...args) => dig(args))],
]);

function unique(items: readonly Value[]): Value[] {
  const kept: Value[] = [];
  for (const item of items) if (!kept.some((other) => same(other, item))) kept.push(item);
  return kept;
}

function chunks(size: number, items: readonly Value[]): Value[] {
  if (size <= 0) throw new FunctionError("chunk: the size must be above 0");
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** A key without a value gets an empty text. */
function makeDict(args: readonly Value[]): Value {
  const made = new Map<string, Value>();
  for (let i = 0; i < args.length; i += 2) made.set(anyText(args[i]), i + 1 < args.length ? args[i + 1] : "");
  return made;
}

function removed(from: Map<string, Value>, key: string): Map<string, Value> {
  from.delete(key);
  return from;
}

/** Into the first dict itself; its own values win unless they are empty, or lose with `overwrite`. */
function merge(into: Map<string, Value>, from: ReadonlyMap<string, Value>, overwrite: boolean): Map<string, Value> {
  for (const [key, value] of from) {
    const mine = into.get(key);
    if (isMap(mine) && isMap(value)) merge(mine as Map<string, Value>, value, overwrite);
    else if (isEmpty(mine) || (overwrite && !isEmpty(value))) into.set(key, copied(value));
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
