/**
 * A fast reader for the YAML that nearly every config uses: block maps and lists, values on one line, flow collections
 * on one line, literal blocks, comments. It gives exactly the tree of `read.ts` and `convert.ts`, many times faster, or
 * undefined for a text with anything else in it (anchors, tags, escapes, folded texts, empty values, mistakes): those
 * two files then read the text and report its errors.
 */
import { isEmptyWord, plainValueOf } from "./plain-scalar.ts";
import type { Source } from "./source.ts";
import type { Entry, ListNode, MapNode, Node, ScalarNode } from "./tree.ts";

/** Characters that readers treat differently: tabs, other line ends, invisible characters. */
const unusual = /[^\n\x20-\x7e\u00a1-\u167f\u2030-\ud7ff]/;
/** Deeper texts are left to the full reader, which decides the limit. */
const deepest = 60;

const blockKey = /[A-Za-z_.$][\w./$-]{0,200}(?=:(?:[ \n]|$))/y;
const flowKey = /[A-Za-z_.$][\w./$-]{0,200}(?=: )/y;
const doubleQuoted = /"[^"\\\n]*"/y;
const singleQuoted = /'[^'\n]*'(?!')/y;
const blockPlain = /(?:[\w./$~(^+=<\\]|-(?=[^ \n]))(?:[^\n:# ]|:(?=[^ \n])|(?<! )#| +(?=[^ #\n]))*/y;
const flowPlain = /(?:-{0,2}[\w/$^+=<~]|\.)[\w./$^+=<~*()@%-]*(?= *[,\]}])/y;
const literal = /\|-?\n( +)(?=[^ \n])/y;
const lineRest = / *(?:(?<= )#[^\n]*)?(?:\n|$)/y;

/** The documents of a text, or undefined where the full reader must read it. */
export function readPlain(source: Source): readonly MapNode[] | undefined {
  if (unusual.test(source.text)) return undefined;
  try {
    return new PlainReader(source).documents();
  } catch (thrown) {
    if (thrown instanceof NotPlain) return undefined;
    throw thrown;
  }
}

/** Thrown where the full reader is needed; caught in this file. */
class NotPlain extends Error {}

class PlainReader {
  readonly #source: Source;
  readonly #text: string;
  /** Index of the begin of the next line with content, and of its first character. */
  #line = 0;
  #first = 0;

  constructor(source: Source) {
    this.#source = source;
    this.#text = source.text;
  }

  documents(): MapNode[] {
    const found: MapNode[] = [];
    this.#toLine(0);
    if (this.#isSeparator()) this.#toLine(this.#line + 4);
    for (;;) {
      if (this.#indent() !== 0 || this.#isSeparator()) throw new NotPlain();
      found.push(this.#map(this.#first, 0, 0));
      if (this.#ended()) return found;
      if (!this.#isSeparator()) throw new NotPlain();
      this.#toLine(this.#line + 4);
    }
  }

  /** Moves to the first line from `at` (the begin of a line) that is neither blank nor a comment. */
  #toLine(at: number): void {
    const text = this.#text;
    for (let line = at; ; ) {
      let first = line;
      while (text.charCodeAt(first) === 32) first++;
      const code = text.charCodeAt(first);
      this.#line = line;
      this.#first = first;
      if (code !== 10 && code !== 35) return;
      const end = text.indexOf("\n", first);
      line = end < 0 ? text.length : end + 1;
    }
  }

  #ended(): boolean {
    return this.#first >= this.#text.length;
  }

  /** Indentation of the current line; -1 where there is none, or where another document begins. */
  #indent(): number {
    return this.#ended() || this.#isSeparator() ? -1 : this.#first - this.#line;
  }

  /** Whether the line is `---` and nothing else. */
  #isSeparator(): boolean {
    return this.#text.startsWith("---\n", this.#line);
  }

  #isItem(at: number): boolean {
    return this.#text.startsWith("- ", at);
  }

  /** The block map whose first key begins at `from`, in this column. */
  #map(from: number, column: number, depth: number): MapNode {
    if (depth > deepest) throw new NotPlain();
    const entries = new Map<string, Entry>();
    for (let at = from; ; at = this.#first) {
      const end = this.#match(blockKey, at);
      const node = this.#valueOf(end + 1, column, depth + 1);
      this.#add(entries, at, end, node);
      const indent = this.#indent();
      if (indent > column) throw new NotPlain();
      if (indent < column) return { kind: "map", source: this.#source, start: from, end: this.#line, entries };
    }
  }

  /** The value behind a key's colon, on its line or below it. */
  #valueOf(at: number, column: number, depth: number): Node {
    const start = this.#pastSpaces(at);
    const code = this.#text.charCodeAt(start);
    if (code !== 10 && code !== 35 && start < this.#text.length) return this.#inline(start, column, depth);
    this.#endLine(at);
    const indent = this.#indent();
    if (this.#isItem(this.#first) && indent >= column) return this.#list(this.#first, indent, depth);
    if (indent <= column) throw new NotPlain();
    return this.#map(this.#first, indent, depth);
  }

  #list(from: number, column: number, depth: number): ListNode {
    if (depth > deepest) throw new NotPlain();
    const items: Node[] = [];
    for (let at = from; ; at = this.#first) {
      const start = this.#pastSpaces(at + 1);
      items.push(
        this.#matches(blockKey, start)
          ? this.#map(start, column + start - at, depth + 1)
          : this.#inline(start, column, depth),
      );
      const indent = this.#indent();
      if (indent > column) throw new NotPlain();
      if (indent < column || !this.#isItem(this.#first))
        return { kind: "list", source: this.#source, start: from, end: this.#line, items };
    }
  }

  /** A value that begins on the line of its key or dash, in this column; moves to the line behind it. */
  #inline(start: number, column: number, depth: number): Node {
    const code = this.#text[start];
    if (code === "|") return this.#literal(start, column);
    const node =
      code === "[" || code === "{" || code === '"' || code === "'"
        ? this.#flow(start, depth)
        : this.#plain(start, this.#match(blockPlain, start));
    this.#endLine(node.end);
    return node;
  }

  /** A literal block: lines with a common indentation greater than the column. */
  #literal(start: number, column: number): ScalarNode {
    const text = this.#text;
    // Whether the value ends with a line end is left to the full reader where the last line of the text has none.
    if (!text.endsWith("\n")) throw new NotPlain();
    const first = text.indexOf("\n", start) + 1;
    const indent = this.#match(literal, start) - first;
    if (indent <= column) throw new NotPlain();
    const lines: string[] = [];
    let at = first;
    for (let end = text.indexOf("\n", at); end >= 0; at = end + 1, end = text.indexOf("\n", at)) {
      const line = text.slice(at, end);
      if (line !== "" && line.trim() === "") throw new NotPlain();
      if (line !== "" && !line.startsWith(" ".repeat(indent))) break;
      lines.push(line.slice(indent));
    }
    this.#toLine(at);
    // Blank lines at the end do not belong to the block.
    const last = lines.findLastIndex((line) => line !== "");
    const end = at - (lines.length - 1 - last);
    const value = lines.slice(0, last + 1).join("\n") + (text[start + 1] === "-" ? "" : "\n");
    return { kind: "scalar", source: this.#source, start, end, value, text: value, quoted: true };
  }

  #flow(start: number, depth: number): Node {
    if (depth > deepest) throw new NotPlain();
    switch (this.#text[start]) {
      case "[":
        return this.#flowList(start, depth);
      case "{":
        return this.#flowMap(start, depth);
      case '"':
        return this.#quoted(start, this.#match(doubleQuoted, start));
      case "'":
        return this.#quoted(start, this.#match(singleQuoted, start));
      default:
        return this.#plain(start, this.#match(flowPlain, start));
    }
  }

  #flowList(start: number, depth: number): ListNode {
    const items: Node[] = [];
    const end = this.#each(start, "]", (at) => {
      const node = this.#flow(at, depth + 1);
      items.push(node);
      return node.end;
    });
    return { kind: "list", source: this.#source, start, end, items };
  }

  #flowMap(start: number, depth: number): MapNode {
    const entries = new Map<string, Entry>();
    const end = this.#each(start, "}", (at) => {
      const keyEnd = this.#match(flowKey, at);
      const node = this.#flow(this.#pastSpaces(keyEnd + 1), depth + 1);
      this.#add(entries, at, keyEnd, node);
      return node.end;
    });
    return { kind: "map", source: this.#source, start, end, entries };
  }

  /** Reads members between brackets; `member` returns the index where a member ends. Returns the end of the whole. */
  #each(start: number, closing: string, member: (at: number) => number): number {
    let at = this.#pastSpaces(start + 1);
    if (this.#text[at] === closing) return at + 1;
    for (;;) {
      at = this.#pastSpaces(member(at));
      if (this.#text[at] === closing) return at + 1;
      if (this.#text[at] !== ",") throw new NotPlain();
      at = this.#pastSpaces(at + 1);
    }
  }

  #add(entries: Map<string, Entry>, start: number, end: number, node: Node): void {
    const key = this.#text.slice(start, end);
    if (entries.has(key) || isEmptyWord(key)) throw new NotPlain();
    entries.set(key, { source: this.#source, start, end, node });
  }

  #plain(start: number, end: number): ScalarNode {
    const text = this.#text.slice(start, end);
    const value = plainValueOf(text);
    if (value === undefined) throw new NotPlain();
    return { kind: "scalar", source: this.#source, start, end, value, text, quoted: false };
  }

  #quoted(start: number, end: number): ScalarNode {
    const text = this.#text.slice(start + 1, end - 1);
    return { kind: "scalar", source: this.#source, start, end, value: text, text, quoted: true };
  }

  #pastSpaces(at: number): number {
    let past = at;
    while (this.#text.charCodeAt(past) === 32) past++;
    return past;
  }

  /** Checks that nothing but a comment follows on the line. */
  #endLine(at: number): void {
    this.#toLine(this.#match(lineRest, at));
  }

  #matches(pattern: RegExp, at: number): boolean {
    pattern.lastIndex = at;
    return pattern.test(this.#text);
  }

  /** The index where the match that begins at `at` ends. */
  #match(pattern: RegExp, at: number): number {
    if (!this.#matches(pattern, at)) throw new NotPlain();
    return pattern.lastIndex;
  }
}
