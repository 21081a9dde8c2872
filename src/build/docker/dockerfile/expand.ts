/**
 * Expands one word of a Dockerfile: quotes, escapes and variables with BuildKit's modifiers.
 * A variable may be known, unset, or unknown (only an unread base image could tell). An unknown one makes the whole
 * word unknown, because a guess could leave inputs out.
 */
import { Unreadable } from "../context/unreadable.ts";

/** `undefined`: unset. `null`: unknown whether it is set, and to what. */
export type Lookup = (name: string) => string | null | undefined;

/**
 * The expanded word, or null where it is unknown.
 * @throws Unreadable for a word that BuildKit refuses, too
 */
export function expandWord(word: string, lookup: Lookup, escapeChar: string, line: number): string | null {
  const reader: Reader = { word, at: 0, lookup, escapeChar, line, known: true };
  const text = readUntil(reader, "");
  return reader.known ? text : null;
}

interface Reader {
  readonly word: string;
  at: number;
  readonly lookup: Lookup;
  readonly escapeChar: string;
  readonly line: number;
  known: boolean;
}

const peek = (r: Reader) => r.word.charAt(r.at);
const next = (r: Reader) => r.word.charAt(r.at++);
const ended = (r: Reader) => r.at >= r.word.length;

function readUntil(r: Reader, stop: string): string {
  let out = "";
  while (!ended(r)) {
    const c = next(r);
    if (c === stop) return out;
    if (c === "'") out += readSingleQuoted(r);
    else if (c === '"') out += readDoubleQuoted(r);
    else if (c === "$") out += readVariable(r);
    else if (c === r.escapeChar) out += next(r);
    else out += c;
  }
  if (stop !== "") throw new Unreadable(`${r.word} has no closing ${stop}`, r.line);
  return out;
}

function readSingleQuoted(r: Reader): string {
  const end = r.word.indexOf("'", r.at);
  if (end < 0) throw new Unreadable(`${r.word} has no closing quote`, r.line);
  const text = r.word.slice(r.at, end);
  r.at = end + 1;
  return text;
}

/** Inside double quotes an escape protects only the quote, the dollar sign and itself. */
function readDoubleQuoted(r: Reader): string {
  let out = "";
  while (!ended(r)) {
    const c = next(r);
    if (c === '"') return out;
    if (c === "$") out += readVariable(r);
    else if (c === r.escapeChar && ['"', "$", r.escapeChar].includes(peek(r))) out += next(r);
    else out += c;
  }
  throw new Unreadable(`${r.word} has no closing quote`, r.line);
}

function readVariable(r: Reader): string {
  if (peek(r) !== "{") {
    const name = readName(r);
    return name === "" ? "$" : readValue(r, name).text;
  }
  next(r);
  const name = readName(r);
  if (name === "") throw new Unreadable(`${r.word} has a bad substitution`, r.line);
  const operator = readOperator(r);
  if (operator === "}") return readValue(r, name).text;
  const { set, text } = readValue(r, name);
  const operand = readUntil(r, "}");
  const present = operator.startsWith(":") ? set && text !== "" : set;
  switch (operator.replace(":", "")) {
    case "-":
      return present ? text : operand;
    case "+":
      return present ? operand : "";
    case "?":
      if (!present && r.known) throw new Unreadable(`${name} must be set: ${operand}`, r.line);
      return text;
    default:
      // Support for pattern removal and replacement differs between engines, so the result is unknown.
      r.known = false;
      return text;
  }
}

function readOperator(r: Reader): string {
  const c = next(r);
  if (c === ":") {
    const modifier = next(r);
    if ("+-?".includes(modifier) && modifier !== "") return `:${modifier}`;
  } else if (c !== "" && "}+-?#%/".includes(c)) return c;
  throw new Unreadable(`${r.word} has a substitution that is not supported`, r.line);
}

function readName(r: Reader): string {
  if (/[0-9@*#?$!-]/.test(peek(r))) return next(r);
  const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(r.word.slice(r.at))?.[0] ?? "";
  r.at += name.length;
  return name;
}

function readValue(r: Reader, name: string): { set: boolean; text: string } {
  const value = r.lookup(name);
  if (value === null) r.known = false;
  return { set: typeof value === "string", text: value ?? "" };
}
