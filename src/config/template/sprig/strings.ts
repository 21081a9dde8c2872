/**
 * sprig's functions on text. Lengths and positions count bytes where Go counts bytes, and runes where Go counts runes.
 */
import { quote } from "../quote.ts";
import { FunctionError, isList, type TemplateFunction, type Value } from "../value.ts";
import { anyText, fixed, integer, text } from "./arguments.ts";
import { isBlank, trimBlanks } from "./runes.ts";

const bytesOf = (value: string) => Buffer.from(value);
const count = (value: Value) => Number(integer(value));

export const strings: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["trim", fixed(1, (s) => trimBlanks(text(s)))],
  ["trimAll", fixed(2, (cut, s) => trimSet(text(s), text(cut), true, true))],
  ["trimall", fixed(2, (cut, s) => trimSet(text(s), text(cut), true, true))],
  [
    "trimPrefix",
    fixed(2, (prefix, s) => (text(s).startsWith(text(prefix)) ? text(s).slice(text(prefix).length) : text(s))),
  ],
  [
    "trimSuffix",
    fixed(2, (suffix, s) =>
      text(suffix) !== "" && text(s).endsWith(text(suffix)) ? text(s).slice(0, -text(suffix).length) : text(s),
    ),
  ],
  ["repeat", fixed(2, (n, s) => repeat(text(s), count(n)))],
  ["substr", fixed(3, (from, to, s) => substring(text(s), count(from), count(to)))],
  ["nospace", fixed(1, (s) => [...text(s)].filter((c) => !isBlank(c)).join(""))],
  ["trunc", fixed(2, (n, s) => truncate(text(s), count(n)))],
  ["abbrev", fixed(2, (width, s) => abbreviate(text(s), 0, count(width)))],
  ["abbrevboth", fixed(3, (left, right, s) => abbreviate(text(s), count(left), count(right)))],
  ["wrap", fixed(2, (width, s) => wrap(text(s), count(width), "\n"))],
  ["wrapWith", fixed(3, (width, separator, s) => wrap(text(s), count(width), text(separator) || "\n", true))],
  ["contains", fixed(2, (part, s) => text(s).includes(text(part)))],
  ["hasPrefix", fixed(2, (prefix, s) => text(s).startsWith(text(prefix)))],
  ["hasSuffix", fixed(2, (suffix, s) => text(s).endsWith(text(suffix)))],
  [
    "quote",
    (args) =>
      args
        .filter((arg) => arg !== null && arg !== undefined)
        .map((arg) => quote(anyText(arg)))
        .join(" "),
  ],
  [
    "squote",
    (args) =>
      args
        .filter((arg) => arg !== null && arg !== undefined)
        .map((arg) => `'${anyText(arg)}'`)
        .join(" "),
  ],
  [
    "cat",
    (args) =>
      args
        .filter((arg) => arg !== null && arg !== undefined)
        .map(anyText)
        .join(" "),
  ],
  ["indent", fixed(2, (n, s) => indent(count(n), text(s)))],
  ["nindent", fixed(2, (n, s) => `\n${indent(count(n), text(s))}`)],
  ["replace", fixed(3, (from, to, s) => replace(text(from), text(to), text(s)))],
  ["plural", fixed(3, (one, many, n) => (integer(n) === 1n ? text(one) : text(many)))],
  ["split", fixed(2, (separator, s) => new Map(splitText(text(s), text(separator)).map((part, i) => [`_${i}`, part])))],
  ["splitList", fixed(2, (separator, s) => splitText(text(s), text(separator)))],
  [
    "splitn",
    fixed(
      3,
      (separator, n, s) => new Map(splitN(text(s), text(separator), count(n)).map((part, i) => [`_${i}`, part])),
    ),
  ],
  ["join", fixed(2, (separator, items) => toStrings(items).join(text(separator)))],
  ["toString", fixed(1, anyText)],
  ["toStrings", fixed(1, toStrings)],
  [
    "sortAlpha",
    fixed(1, (items) =>
      isList(items) ? toStrings(items).sort((a, b) => Buffer.compare(bytesOf(a), bytesOf(b))) : [anyText(items)],
    ),
  ],
]);

function toStrings(items: Value): string[] {
  if (isList(items)) return items.filter((item) => item !== null && item !== undefined).map(anyText);
  return items === null || items === undefined ? [] : [anyText(items)];
}

function trimSet(value: string, cut: string, left: boolean, right: boolean): string {
  const set = new Set(cut);
  const runes = [...value];
  let [from, to] = [0, runes.length];
  while (left && from < to && set.has(runes[from] as string)) from++;
  while (right && to > from && set.has(runes[to - 1] as string)) to--;
  return runes.slice(from, to).join("");
}

function repeat(value: string, times: number): string {
  if (times < 0) throw new FunctionError("strings: negative Repeat count");
  if (value.length * times > 16 * 1024 * 1024) throw new FunctionError("repeat: the result is too long");
  return value.repeat(times);
}

function substring(value: string, from: number, to: number): string {
  const bytes = bytesOf(value);
  const start = from < 0 ? 0 : from;
  const end = to < 0 || to > bytes.length ? bytes.length : to;
  if (start > end) throw new FunctionError(`slice bounds out of range [${start}:${end}]`);
  return bytes.subarray(start, end).toString();
}

function truncate(value: string, n: number): string {
  const bytes = bytesOf(value);
  if (n < 0 && bytes.length + n > 0) return bytes.subarray(bytes.length + n).toString();
  return n >= 0 && bytes.length > n ? bytes.subarray(0, n).toString() : value;
}

/** Shortens with an ellipsis at the end, and one at the start when an offset is given. */
function abbreviate(value: string, offset: number, width: number): string {
  if (width < 4 || (offset > 0 && width < 7)) return value;
  const size = bytesOf(value).length;
  if (size <= width) return value;
  let at = Math.min(offset, size);
  if (size - at < width - 3) at = size - (width - 3);
  const part = (from: number, to?: number) => bytesOf(value).subarray(from, to).toString();
  if (at <= 4) return `${part(0, width - 3)}...`;
  if (at + width - 3 < size) return `...${abbreviate(part(at), 0, width - 3)}`;
  return `...${part(size - (width - 3))}`;
}

function wrap(value: string, width: number, newline: string, breakWords = false): string {
  const limit = Math.max(1, width);
  const lines: string[] = [];
  let rest = value;
  while (rest.length > limit) {
    if (rest.startsWith(" ")) {
      rest = rest.slice(1);
      continue;
    }
    const space = rest.slice(0, limit + 1).lastIndexOf(" ");
    const next = space >= 0 ? space : breakWords ? limit : rest.indexOf(" ", limit);
    if (next < 0) break;
    lines.push(rest.slice(0, next));
    rest = rest.slice(space >= 0 || !breakWords ? next + 1 : next);
  }
  return [...lines, rest].join(newline);
}

function indent(spaces: number, value: string): string {
  const pad = " ".repeat(Math.max(0, spaces));
  return pad + value.replaceAll("\n", `\n${pad}`);
}

/** An empty `from` matches before and behind every character. */
function replace(from: string, to: string, value: string): string {
  return from === "" ? ["", ...value, ""].join(to) : value.replaceAll(from, () => to);
}

function splitText(value: string, separator: string): string[] {
  return separator === "" ? [...value] : value.split(separator);
}

function splitN(value: string, separator: string, n: number): string[] {
  if (n === 0) return [];
  const parts = splitText(value, separator);
  if (n < 0 || parts.length <= n) return parts;
  return [...parts.slice(0, n - 1), parts.slice(n - 1).join(separator)];
}
