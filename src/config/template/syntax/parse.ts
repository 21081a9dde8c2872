/**
 * Parses Go template tokens into a tree. Decides structure only; the evaluator resolves functions and fields. An
 * unknown function name and an undeclared variable are refused here, as in Go.
 */

import { TemplateError } from "../error.ts";
import type { Command, Node, Operand, Pipe, Template } from "./ast.ts";
import { lex, type Token } from "./lex.ts";
import { charValue, numberValue, unquote } from "./literal.ts";

/** @param isFunction which names may be called @throws TemplateError with the offset of the error */
export function parse(source: string, isFunction: (name: string) => boolean): Template {
  return new Parser(lex(source), isFunction).template();
}

const keywords = new Set(["if", "else", "end", "range", "with", "define", "block", "template", "break", "continue"]);

class Parser {
  readonly #tokens: readonly Token[];
  readonly #isFunction: (name: string) => boolean;
  readonly #named = new Map<string, readonly Node[]>();
  #variables: string[] = ["$"];
  #loops = 0;
  #i = 0;

  constructor(tokens: readonly Token[], isFunction: (name: string) => boolean) {
    this.#tokens = tokens;
    this.#isFunction = isFunction;
  }

  template(): Template {
    const { nodes, stop } = this.#nodes(true);
    if (stop !== "") throw new TemplateError(`unexpected {{${stop}}}`, this.#peek().at);
    return { root: nodes, named: this.#named };
  }

  /** Nodes up to `{{end}}`, `{{else...}}` (left unread after its keyword) or the end of the text. */
  #nodes(top: boolean): { nodes: Node[]; stop: string; at: number } {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#take();
      if (token.kind === "end") {
        if (!top) throw new TemplateError("unexpected end of template: {{end}} is missing", token.at);
        return { nodes, stop: "", at: token.at };
      }
      if (token.kind === "text") nodes.push({ kind: "text", text: token.text });
      else {
        this.#skipSpace();
        const word = this.#peek();
        const keyword = word.kind === "identifier" && keywords.has(word.text) ? word.text : undefined;
        if (keyword === "end" || keyword === "else") {
          if (top) throw new TemplateError(`unexpected {{${keyword}}}`, word.at);
          this.#take();
          return { nodes, stop: keyword, at: word.at };
        }
        if (keyword === undefined) nodes.push(this.#action(token.at));
        else {
          this.#take();
          const node = this.#statement(keyword, word, top);
          if (node) nodes.push(node);
        }
      }
    }
  }

  #action(at: number): Node {
    const pipe = this.#pipe("command", false);
    this.#close();
    return { kind: "action", pipe, at };
  }

  #statement(keyword: string, word: Token, top: boolean): Node | undefined {
    switch (keyword) {
      case "if":
      case "with":
        return this.#branch(keyword, word.at);
      case "range":
        return this.#range(word.at);
      case "break":
      case "continue":
        if (this.#loops === 0) throw new TemplateError(`{{${keyword}}} outside {{range}}`, word.at);
        this.#close();
        return { kind: keyword, at: word.at };
      case "define":
        if (!top) throw new TemplateError("unexpected {{define}}", word.at);
        this.#define(this.#name(word));
        return undefined;
      case "block": {
        const name = this.#name(word);
        const pipe = this.#pipe("block clause", false);
        this.#close();
        this.#body(name);
        return { kind: "template", name, pipe, at: word.at };
      }
      default: {
        const name = this.#name(word);
        this.#skipSpace();
        const pipe = this.#peek().kind === "close" ? undefined : this.#pipe("template clause", false);
        this.#close();
        return { kind: "template", name, ...(pipe ? { pipe } : {}), at: word.at };
      }
    }
  }

  #branch(kind: "if" | "with", at: number): Node {
    const scope = this.#variables.length;
    const pipe = this.#pipe(kind, false);
    this.#close();
    const { nodes, stop } = this.#nodes(false);
    const otherwise = stop === "else" ? this.#else(kind) : this.#nothing();
    this.#variables.length = scope;
    return { kind, pipe, body: nodes, otherwise, at };
  }

  /** The empty else branch where `{{end}}` directly follows the body. */
  #nothing(): Node[] {
    this.#close();
    return [];
  }

  /**
   * The branch after `else`: either `}}` and nodes up to `end`, or another `if` / `with` that shares this one's `end`.
   */
  #else(kind: "if" | "with" | "range"): Node[] {
    this.#skipSpace();
    const word = this.#peek();
    if (word.kind === "identifier" && word.text === kind && kind !== "range") {
      this.#take();
      return [this.#branch(kind, word.at)];
    }
    this.#close();
    const { nodes, stop, at } = this.#nodes(false);
    if (stop === "else") throw new TemplateError("expected end; found {{else}}", at);
    this.#close();
    return nodes;
  }

  #range(at: number): Node {
    const scope = this.#variables.length;
    const pipe = this.#pipe("range", true);
    this.#close();
    this.#loops++;
    const { nodes, stop } = this.#nodes(false);
    this.#loops--;
    const otherwise = stop === "else" ? this.#else("range") : this.#nothing();
    this.#variables.length = scope;
    return { kind: "range", pipe, body: nodes, otherwise, at };
  }

  #name(word: Token): string {
    this.#skipSpace();
    const token = this.#take();
    if (token.kind !== "string") throw new TemplateError(`{{${word.text}}} needs a quoted name`, token.at);
    return unquote(token.text, token.at);
  }

  #define(name: string): void {
    this.#close();
    this.#body(name);
  }

  #body(name: string): void {
    const [outer, loops] = [this.#variables, this.#loops];
    this.#variables = ["$"];
    this.#loops = 0;
    const { nodes, stop, at } = this.#nodes(false);
    if (stop !== "end") throw new TemplateError(`unexpected {{${stop}}} in definition of ${JSON.stringify(name)}`, at);
    this.#close();
    this.#keep(name, nodes, at);
    [this.#variables, this.#loops] = [outer, loops];
  }

  /** Adds a named template. A body that is not empty replaces an empty one of the same name, in either order. */
  #keep(name: string, nodes: readonly Node[], at: number): void {
    const isEmpty = (body: readonly Node[]) => body.every((node) => node.kind === "text" && node.text.trim() === "");
    const known = this.#named.get(name);
    if (known === undefined || isEmpty(known)) this.#named.set(name, nodes);
    else if (!isEmpty(nodes)) throw new TemplateError(`multiple definition of template ${JSON.stringify(name)}`, at);
  }

  #pipe(context: string, inRange: boolean): Pipe {
    this.#skipSpace();
    const at = this.#peek().at;
    const { variables, declares } = this.#declaration(inRange);
    // A declared or assigned variable is known within its own pipeline already. Whether an assigned one exists is
    // checked at evaluation, as in Go.
    this.#variables.push(...variables);
    const commands: Command[] = [];
    for (;;) {
      commands.push(this.#command(context));
      if (this.#peek().text !== "|" || this.#peek().kind !== "punctuation") break;
      this.#take();
      this.#skipSpace();
      // A pipeline may end with a bar, as in Go.
      if (this.#peek().kind === "close" || this.#peek().text === ")") break;
    }
    for (const [i, command] of commands.entries()) {
      const first = command.operands[0];
      if (i > 0 && first && (first.kind === "literal" || first.kind === "dot" || first.kind === "nil"))
        throw new TemplateError(`non executable command in pipeline stage ${i + 1}`, first.at);
    }
    return { variables, declares, commands, at };
  }

  /** Parses `$x :=`, `$x =`, and in a range `$i, $x :=`. */
  #declaration(inRange: boolean): { variables: string[]; declares: boolean } {
    const start = this.#i;
    const variables: string[] = [];
    while (this.#peek().kind === "variable") {
      variables.push(this.#take().text);
      this.#skipSpace();
      const mark = this.#peek();
      if (mark.kind === "punctuation" && (mark.text === ":=" || mark.text === "=")) {
        this.#take();
        const declares = mark.text === ":=";
        if (variables.length > (inRange ? 2 : 1)) throw new TemplateError("too many declarations", mark.at);
        return { variables, declares };
      }
      if (!(mark.kind === "punctuation" && mark.text === "," && inRange && variables.length < 2)) break;
      this.#take();
      this.#skipSpace();
    }
    this.#i = start;
    return { variables: [], declares: false };
  }

  #command(context: string): Command {
    this.#skipSpace();
    const at = this.#peek().at;
    const operands: Operand[] = [];
    for (;;) {
      this.#skipSpace();
      const token = this.#peek();
      if (
        token.kind === "close" ||
        token.kind === "end" ||
        (token.kind === "punctuation" && (token.text === "|" || token.text === ")"))
      )
        break;
      operands.push(this.#operand());
      const after = this.#peek();
      const separated =
        after.kind === "space" ||
        after.kind === "close" ||
        (after.kind === "punctuation" && (after.text === "|" || after.text === ")"));
      if (!separated) throw new TemplateError(`unexpected ${JSON.stringify(after.text)} in operand`, after.at);
    }
    if (operands.length === 0) throw new TemplateError(`missing value for ${context}`, at);
    return { operands, at };
  }

  #operand(): Operand {
    const of = this.#term();
    const names = this.#fields();
    if (names.length === 0) return of;
    if (of.kind === "field") return { ...of, names: [...of.names, ...names] };
    if (of.kind === "variable") return { ...of, names };
    if (of.kind === "literal" || of.kind === "nil" || of.kind === "dot")
      throw new TemplateError(`unexpected .${names[0]} after a constant`, of.at);
    return { kind: "chain", of, names, at: of.at };
  }

  #term(): Operand {
    const token = this.#take();
    const { at, text } = token;
    switch (token.kind) {
      case "dot":
        return { kind: "dot", at };
      case "field":
        return { kind: "field", names: [text.slice(1)], at };
      case "variable":
        this.#known(text, at);
        return { kind: "variable", name: text, names: [], at };
      case "string":
        return { kind: "literal", value: unquote(text, at), at };
      case "char":
        return { kind: "literal", value: charValue(text, at), at };
      case "number":
        return { kind: "literal", value: numberValue(text, at), at };
      case "identifier":
        if (text === "true" || text === "false") return { kind: "literal", value: text === "true", at };
        if (text === "nil") return { kind: "nil", at };
        if (!this.#isFunction(text)) throw new TemplateError(`function ${JSON.stringify(text)} not defined`, at);
        return { kind: "function", name: text, at };
      default: {
        if (text !== "(") throw new TemplateError(`unexpected ${JSON.stringify(text)} in command`, at);
        const pipe = this.#pipe("parenthesized pipeline", false);
        const close = this.#take();
        if (close.text !== ")") throw new TemplateError("unclosed left parenthesis", at);
        return { kind: "pipe", pipe, at };
      }
    }
  }

  #fields(): string[] {
    const names: string[] = [];
    while (this.#peek().kind === "field") names.push(this.#take().text.slice(1));
    return names;
  }

  #known(name: string, at: number): void {
    if (!this.#variables.includes(name)) throw new TemplateError(`undefined variable ${JSON.stringify(name)}`, at);
  }

  #close(): void {
    this.#skipSpace();
    const token = this.#take();
    if (token.kind !== "close")
      throw new TemplateError(`unexpected ${JSON.stringify(token.text)}; expected }}`, token.at);
  }

  #skipSpace(): void {
    while (this.#peek().kind === "space") this.#i++;
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#i, this.#tokens.length - 1)] as Token;
  }

  #take(): Token {
    const token = this.#peek();
    this.#i++;
    return token;
  }
}
