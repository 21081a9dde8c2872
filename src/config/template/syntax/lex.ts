/**
 * Splits Go template text into tokens. Decides where text ends and an action begins, which blanks the trim markers
 * remove, and what a literal is. Refuses what Go's own lexer refuses: an unclosed action, comment, quote or
 * parenthesis, a stray character.
 */
import { TemplateError } from "../error.ts";

export type TokenKind =
  | "text"
  | "open" // {{
  | "close" // }}
  | "space"
  | "field" // .Name, without the dot
  | "variable" // $ or $name, with the dollar
  | "identifier"
  | "dot"
  | "string"
  | "char"
  | "number"
  | "punctuation" // ( ) | , = :=
  | "end";

export interface Token {
  readonly kind: TokenKind;
  /** Source text of the token: for `text` after trimming, for strings with the quotes. */
  readonly text: string;
  /** Offset of the token in the template, in UTF-16 units. */
  readonly at: number;
}

const trimLeft = /^-[ \t\r\n]/;
const trimRight = /^[ \t\r\n]-\}\}/;

export function lex(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trimNext = false;
  while (at < source.length || tokens.length === 0) {
    const open = source.indexOf("{{", at);
    const textEnd = open < 0 ? source.length : open;
    let text = source.slice(at, textEnd);
    if (trimNext) text = text.replace(/^[ \t\r\n]+/, "");
    const trims = open >= 0 && trimLeft.test(source.slice(open + 2, open + 4));
    if (trims) text = text.replace(/[ \t\r\n]+$/, "");
    if (text !== "") tokens.push({ kind: "text", text, at });
    if (open < 0) break;
    const inside = open + 2 + (trims ? 2 : 0);
    const end = source.startsWith("/*", inside) ? comment(source, inside, open) : action(source, inside, open, tokens);
    trimNext = end.trims;
    at = end.at;
    if (at >= source.length) break;
  }
  tokens.push({ kind: "end", text: "", at: source.length });
  return tokens;
}

interface End {
  readonly at: number;
  readonly trims: boolean;
}

function comment(source: string, at: number, open: number): End {
  const close = source.indexOf("*/", at);
  if (close < 0) throw new TemplateError("unclosed comment", open);
  const after = close + 2;
  if (trimRight.test(source.slice(after, after + 4))) return { at: after + 4, trims: true };
  if (source.startsWith("}}", after)) return { at: after + 2, trims: false };
  throw new TemplateError("comment ends before closing delimiter", open);
}

const patterns: readonly (readonly [TokenKind, RegExp])[] = [
  ["space", /[ \t\r\n]+/y],
  ["punctuation", /:=|[|(),=]/y],
  ["string", /"(?:[^"\\\n]|\\.)*"|`[^`]*`/y],
  ["char", /'(?:[^'\\\n]|\\[^\n])+'/y],
  [
    "number",
    /[+-]?(?:0[xX][0-9a-fA-F_]+(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?\d+)?|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)(?=$|[^\p{L}\p{Nd}_.])/uy,
  ],
  ["field", /\.[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ["dot", /\./y],
  ["variable", /\$(?:[\p{L}\p{Nd}_]*)/uy],
  ["identifier", /[\p{L}_][\p{L}\p{Nd}_]*/uy],
];

function action(source: string, from: number, open: number, tokens: Token[]): End {
  tokens.push({ kind: "open", text: "{{", at: open });
  let depth = 0;
  let at = from;
  for (;;) {
    const rest = source.slice(at, at + 4);
    const trims = trimRight.test(rest);
    if (trims || rest.startsWith("}}")) {
      if (depth > 0) throw new TemplateError("unclosed left parenthesis", open);
      tokens.push({ kind: "close", text: "}}", at });
      return { at: at + (trims ? 4 : 2), trims };
    }
    if (at >= source.length) throw new TemplateError("unclosed action", open);
    const token = next(source, at);
    if (token.text === "(") depth++;
    if (token.text === ")" && --depth < 0) throw new TemplateError("unexpected right parenthesis", at);
    tokens.push(token);
    at += token.text.length;
  }
}

function next(source: string, at: number): Token {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match) return { kind, text: match[0], at };
  }
  const c = source[at] as string;
  if (c === '"') throw new TemplateError("unterminated quoted string", at);
  if (c === "`") throw new TemplateError("unterminated raw quoted string", at);
  if (c === "'") throw new TemplateError("unterminated character constant", at);
  if (/[\d+-]/.test(c)) throw new TemplateError(`bad number syntax: ${JSON.stringify(source.slice(at, at + 10))}`, at);
  throw new TemplateError(`unexpected character ${JSON.stringify(c)} in action`, at);
}
