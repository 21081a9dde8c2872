/**
 * Splits a Dockerfile's text into instructions: parser directives, comments, continuation lines and here-documents, by
 * the rules of BuildKit's own line reader. Nothing is expanded or judged here.
 * Parsers of editors (`dockerfile-ast` among them) accept half-written files; this one must agree with BuildKit on what
 * one instruction is, or give up.
 */
import { Unreadable } from "../context/unreadable.ts";
import { splitFlags, splitQuoted } from "./words.ts";

export interface Instruction {
  /** Upper-case: `COPY`. */
  readonly name: string;
  /** `--from=build`, in order. */
  readonly flags: readonly string[];
  /** The text behind name and flags, continuation lines joined. */
  readonly rest: string;
  readonly heredocs: readonly Heredoc[];
  /** First and last line, from 1, the here-documents included. */
  readonly line: number;
  readonly lastLine: number;
}

export interface Heredoc {
  /** The word as written: `<<-"EOF"`. */
  readonly word: string;
  readonly name: string;
}

export interface DockerfileText {
  /** `# name=value` lines at the top, names in lower case. */
  readonly directives: ReadonlyMap<string, string>;
  readonly escapeChar: "\\" | "`";
  readonly instructions: readonly Instruction[];
}

const knownDirectives = new Set(["escape", "syntax", "check"]);
const withHeredocs = new Set(["ADD", "COPY", "RUN"]);

/** @throws Unreadable where the text is no Dockerfile that this parser understands */
export function readInstructions(text: string): DockerfileText {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const directives = readDirectives(lines);
  const escapeChar = directives.get("escape") ?? "\\";
  if (escapeChar !== "\\" && escapeChar !== "`")
    throw new Unreadable(`${escapeChar} cannot be the escape character`, 1);
  const syntax = directives.get("syntax");
  if (syntax !== undefined && !/(^|\/)docker\/dockerfile(-upstream)?(:|@|$)/.test(syntax))
    throw new Unreadable(`the frontend ${syntax} reads it by rules of its own`, 1);

  const instructions: Instruction[] = [];
  let at = 0;
  while (at < lines.length) {
    const first = at;
    const logical = readLogicalLine(lines, at, escapeChar);
    at = logical.next;
    if (logical.text === "") continue;
    const head = splitHead(logical.text, escapeChar);
    const heredocs =
      withHeredocs.has(head.name) && !head.rest.startsWith("[") ? findHeredocs(head.rest, escapeChar) : [];
    for (const { doc, chomp } of heredocs) at = skipHeredoc(lines, at, doc.name, chomp, first);
    instructions.push({ ...head, heredocs: heredocs.map(({ doc }) => doc), line: first + 1, lastLine: at });
  }
  return { directives, escapeChar, instructions };
}

/** Instruction name, flags and the rest of one logical line. */
function splitHead(line: string, escapeChar: string): { name: string; flags: readonly string[]; rest: string } {
  const [, name = "", after = ""] = /^(\S+)\s*([\s\S]*)$/.exec(line.trim()) ?? [];
  return { name: name.toUpperCase(), ...splitFlags(after, escapeChar) };
}

function readDirectives(lines: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of lines) {
    const match = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(line);
    const name = match?.[1]?.toLowerCase();
    if (!match || name === undefined || !knownDirectives.has(name)) break;
    found.set(name, match[2] ?? "");
  }
  return found;
}

/** Joins continuation lines; comment lines and empty lines between them are left out, as in BuildKit. */
function readLogicalLine(lines: readonly string[], from: number, escapeChar: string): { text: string; next: number } {
  const continued = escapeChar === "\\" ? /(^|[^\\])\\[ \t]*$/ : /(^|[^`])`[ \t]*$/;
  let at = from;
  let text = (lines[at++] ?? "").trimStart();
  if (text.startsWith("#")) return { text: "", next: at };
  if (!continued.test(text)) return { text: text.trimEnd(), next: at };
  text = text.replace(continued, "$1");
  while (at < lines.length) {
    const line = lines[at++] ?? "";
    if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
    const more = continued.test(line);
    text += more ? line.replace(continued, "$1") : line;
    if (!more) break;
  }
  return { text: text.trim(), next: at };
}

function findHeredocs(rest: string, escapeChar: string): { doc: Heredoc; chomp: boolean }[] {
  return splitQuoted(rest, escapeChar).flatMap((word) => {
    const match = /^\d*<<(-?)([^<]+)$/.exec(word);
    const name = (match?.[2] ?? "").replace(/["']/g, "").replaceAll(escapeChar, "");
    return match && name !== "" ? [{ doc: { word, name }, chomp: match[1] === "-" }] : [];
  });
}

/** @returns the index of the line after the terminator */
function skipHeredoc(lines: readonly string[], from: number, name: string, chomp: boolean, opened: number): number {
  for (let at = from; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if ((chomp ? line.replace(/^\t+/, "") : line) === name) return at + 1;
  }
  throw new Unreadable(`the here-document ${name} has no end`, opened + 1);
}
