/**
 * Files of environment variables: `NAME=value`, also with `export` before it or a colon for the equals sign. A value in
 * single quotes is taken as it is; in double quotes escapes and `$NAME`, `${NAME}` are expanded; without quotes it ends
 * at ` #`. Refuses lines of no such form.
 */
import type { Diagnostic } from "../diag/diagnostic.ts";
import { Source } from "./yaml/source.ts";

export interface DotenvFile {
  readonly variables: Readonly<Record<string, string>>;
  /** Names of variables that were read from `known`. */
  readonly read: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

const assignment = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*[=:][ \t]*/;

/** @param known variables that `$NAME` may refer to besides those of the file */
export function readDotenv(
  text: string,
  shown: string,
  known: Readonly<Record<string, string | undefined>>,
): DotenvFile {
  const source = new Source(shown, shown, text);
  const variables: Record<string, string> = {};
  const diagnostics: Diagnostic[] = [];
  const read = new Set<string>();
  const lookUp = (name: string) => {
    if (variables[name] !== undefined) return variables[name];
    read.add(name);
    return known[name] ?? "";
  };
  for (let at = 0; at < text.length; ) {
    const end = lineEnd(text, at);
    const line = text.slice(at, end);
    if (/^\s*(?:#|$)/.test(line)) {
      at = end + 1;
      continue;
    }
    const match = assignment.exec(line);
    const value = match && readValue(text, at + match[0].length, lookUp);
    if (match?.[1] !== undefined && value) variables[match[1]] = value.text;
    else diagnostics.push({ severity: "error", message: "expected NAME=value", at: source.place(at, end) });
    at = lineEnd(text, value ? value.end : at) + 1;
  }
  return { variables, read: [...read], diagnostics };
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  return at < 0 ? text.length : at;
}

/** The value that begins at `from`, and the index where it ends; undefined for a quote that is never closed. */
function readValue(
  text: string,
  from: number,
  lookUp: (name: string) => string,
): { text: string; end: number } | undefined {
  const quote = text[from];
  if (quote === '"' || quote === "'") {
    const end = closingQuote(text, from + 1, quote);
    if (end < 0) return undefined;
    const inside = text.slice(from + 1, end);
    return { text: quote === "'" ? inside : expandVariables(withoutEscapes(inside), lookUp), end: end + 1 };
  }
  const end = lineEnd(text, from);
  const bare = text
    .slice(from, end)
    .replace(/(?:^|\s+)#.*$/, "")
    .trim();
  return { text: expandVariables(bare, lookUp), end };
}

function closingQuote(text: string, from: number, quote: string): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === "\\" && quote === '"') i++;
    else if (text[i] === quote) return i;
  }
  return -1;
}

/** Removes escapes. An escaped dollar keeps its backslash, because `expandVariables` reads it. */
function withoutEscapes(text: string): string {
  return text.replace(/\\([^$])/gs, (_all, c: string) => ({ n: "\n", r: "\r", t: "\t" })[c] ?? c);
}

function expandVariables(text: string, lookUp: (name: string) => string): string {
  return text.replace(
    /\\\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)/g,
    (all, braced?: string, bare?: string) => (all === "\\$" ? "$" : lookUp((braced ?? bare) as string)),
  );
}
