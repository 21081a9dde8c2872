/** sprig's regular expressions: Go's dialect (RE2) with Go's rules for empty matches, splitting and `$name`. */
import { RE2JS } from "re2js";
import { FunctionError, type TemplateFunction } from "../value.ts";
import { fixed, integer, text } from "./arguments.ts";

const find = fixed(2, (expression, s) => matches(compiled(text(expression)), text(s), 1)[0]?.text ?? "");
const findAll = fixed(3, (expression, s, n) =>
  matches(compiled(text(expression)), text(s), Number(integer(n))).map((match) => match.text),
);
const replaceAll = fixed(3, (expression, s, replacement) =>
  replaced(compiled(text(expression)), text(s), (match) => expanded(text(replacement), match)),
);
const replaceLiteral = fixed(3, (expression, s, replacement) =>
  replaced(compiled(text(expression)), text(s), () => text(replacement)),
);
const split = fixed(3, (expression, s, n) => pieces(text(expression), text(s), Number(integer(n))));
const test = (expression: string, s: string) => matches(compiled(expression), s, 1).length > 0;

export const regex: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  // A malformed expression matches nothing here, and is an error only in the form with `must`.
  ["regexMatch", fixed(2, (expression, s) => isWellFormed(text(expression)) && test(text(expression), text(s)))],
  ["mustRegexMatch", fixed(2, (expression, s) => test(text(expression), text(s)))],
  ["regexFind", find],
  ["mustRegexFind", find],
  ["regexFindAll", findAll],
  ["mustRegexFindAll", findAll],
  ["regexReplaceAll", replaceAll],
  ["mustRegexReplaceAll", replaceAll],
  ["regexReplaceAllLiteral", replaceLiteral],
  ["mustRegexReplaceAllLiteral", replaceLiteral],
  ["regexSplit", split],
  ["mustRegexSplit", split],
  ["regexQuoteMeta", fixed(1, (s) => text(s).replace(/[\\.+*?()|[\]{}^$]/g, "\\$&"))],
]);

interface Match {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Groups by number; group 0 is the whole match. */
  readonly groups: readonly (string | null)[];
  readonly names: Readonly<Record<string, number>>;
}

function compiled(expression: string): RE2JS {
  try {
    return RE2JS.compile(expression);
  } catch (thrown) {
    throw new FunctionError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function isWellFormed(expression: string): boolean {
  try {
    return Boolean(RE2JS.compile(expression));
  } catch {
    return false;
  }
}

/** At most `n` matches, all for a negative `n`. An empty match directly behind another match is skipped. */
function matches(expression: RE2JS, s: string, n: number): Match[] {
  const found: Match[] = [];
  const matcher = expression.matcher(s);
  for (let at = 0, last = -1; at <= s.length && (n < 0 || found.length < n); ) {
    if (!matcher.find(at)) break;
    const [start, end] = [matcher.start(), matcher.end()];
    if (end > start || start !== last)
      found.push({
        start,
        end,
        text: s.slice(start, end),
        groups: Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i)),
        names: expression.namedGroups(),
      });
    last = end;
    at = end > start ? end : end + (String.fromCodePoint(s.codePointAt(end) ?? 0).length || 1);
  }
  return found;
}

function replaced(expression: RE2JS, s: string, by: (match: Match) => string): string {
  let out = "";
  let at = 0;
  for (const match of matches(expression, s, -1)) {
    out += s.slice(at, match.start) + by(match);
    at = match.end;
  }
  return out + s.slice(at);
}

/** Expands `$1`, `${1}`, `$name`, `${name}`, `$$`. A name is as long as possible, and an unknown one becomes empty. */
function expanded(replacement: string, { groups, names }: Match): string {
  return replacement.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (whole, bare?: string, braced?: string) => {
    const name = bare ?? braced;
    if (name === undefined) return whole === "$$" ? "$" : whole;
    const index = /^\d+$/.test(name) ? Number(name) : names[name];
    return index === undefined ? "" : (groups[index] ?? "");
  });
}

function pieces(expression: string, s: string, n: number): string[] {
  const re = compiled(expression);
  if (n === 0) return [];
  if (expression !== "" && s === "") return [""];
  const parts: string[] = [];
  let [begin, end] = [0, 0];
  for (const match of matches(re, s, n)) {
    if (n > 0 && parts.length === n - 1) break;
    end = match.start;
    if (match.end !== 0) parts.push(s.slice(begin, end));
    begin = match.end;
  }
  if (end !== s.length) parts.push(s.slice(begin));
  return parts;
}
