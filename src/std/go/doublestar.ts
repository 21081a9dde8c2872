/**
 * The doublestar dialect of globs, which the reference tool uses for sync rules and dependency lists: Go's globs within
 * a path component, `**` as a whole component for any number of components, and braces for alternatives, which may hold
 * slashes. A leading dot is not special, and there is neither negation nor an extended glob. A malformed pattern
 * matches nothing.
 */
import { goMatcher } from "./go-match.ts";

/** Whether the components of a path, beginning at index `from`, match. */
type Matcher = (names: readonly string[], from: number) => boolean;

/** A matcher of whole paths, `/`-separated. */
export function doublestar(pattern: string): (path: string) => boolean {
  const matches = compile(pattern);
  return (path) => matches(path.split("/"), 0);
}

function compile(pattern: string): Matcher {
  // A path with a slash at its end has an empty last component.
  if (pattern === "") return (names, from) => from === names.length - 1 && names[from] === "";
  if (pattern === "**") return () => true;
  if (pattern.startsWith("**/")) {
    const rest = compile(pattern.slice(3));
    return (names, from) => names.some((_, i) => i >= from && rest(names, i));
  }
  const alternatives = openBraces(pattern).map((plain) => {
    const slash = endOfComponent(plain);
    const matchesName = goMatcher(plain.slice(0, slash));
    if (slash === plain.length)
      return (names: readonly string[], from: number) => last(names, from) && matchesName(names[from] ?? "");
    const rest = compile(plain.slice(slash + 1));
    return (names: readonly string[], from: number) =>
      from < names.length - 1 && matchesName(names[from] ?? "") && rest(names, from + 1);
  });
  return (names, from) => alternatives.some((matches) => matches(names, from));
}

function last(names: readonly string[], from: number): boolean {
  return from === names.length - 1;
}

/** One pattern for each alternative of the braces in its first component; no pattern where a brace is not closed. */
function openBraces(pattern: string): string[] {
  const open = firstBrace(pattern);
  if (open === undefined) return [pattern];
  const group = readGroup(pattern, open);
  if (group === undefined) return [];
  const { options, end } = group;
  return options.flatMap((option) => openBraces(pattern.slice(0, open) + option + pattern.slice(end)));
}

/** The index of the first brace before the first slash. Braces in escapes and classes are skipped. */
function firstBrace(pattern: string): number | undefined {
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern.charAt(i);
    if (c === "/") return undefined;
    if (c === "{") return i;
    i = behindQuoted(pattern, i);
  }
  return undefined;
}

function endOfComponent(pattern: string): number {
  for (let i = 0; i < pattern.length; i++) {
    if (pattern.charAt(i) === "/") return i;
    if (pattern.charAt(i) === "\\") i++;
  }
  return pattern.length;
}

/** The last position of an escape or a class that begins at `i`; `i` itself for any other character. */
function behindQuoted(pattern: string, i: number): number {
  if (pattern.charAt(i) === "\\") return i + 1;
  if (pattern.charAt(i) !== "[") return i;
  for (let end = i + 1; end < pattern.length; end++) {
    if (pattern.charAt(end) === "\\") end++;
    else if (pattern.charAt(end) === "]") return end;
  }
  return pattern.length;
}

/** The alternatives of the group that opens at `open`, and the index behind the group. */
function readGroup(pattern: string, open: number): { options: string[]; end: number } | undefined {
  const options: string[] = [];
  let [depth, start] = [0, open + 1];
  for (let i = open + 1; i < pattern.length; i++) {
    const c = pattern.charAt(i);
    if (c === "\\") i++;
    else if (c === "{") depth++;
    else if (c === "}" && depth > 0) depth--;
    else if (depth === 0 && (c === "," || c === "}")) {
      options.push(pattern.slice(start, i));
      start = i + 1;
      if (c === "}") return { options, end: i + 1 };
    }
  }
  return undefined;
}
