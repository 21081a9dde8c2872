/**
 * Evaluates a parsed Go template. Decides scope, pipelines, truth, loops and calls as Go does; functions beyond the
 * built-in ones come from the caller. A missing key prints `<no value>`, or is an error with `missingKey: "error"`.
 */

import { builtinArity, builtins } from "./builtins.ts";
import { TemplateError } from "./error.ts";
import type { Command, Node, Operand, Pipe, Template } from "./syntax/ast.ts";
import { parse } from "./syntax/parse.ts";
import { noValue, show } from "./syntax/print.ts";
import {
  FunctionError,
  isList,
  isMap,
  isObject,
  isTrue,
  type TemplateFunction,
  typeName,
  type Value,
} from "./value.ts";

export interface TemplateOptions {
  readonly functions?: ReadonlyMap<string, TemplateFunction>;
  readonly missingKey?: "default" | "error";
}

/** @throws TemplateError with the offset in `source`. */
export function expand(source: string, data: Value, options: TemplateOptions = {}): string {
  if (!source.includes("{{")) return source;
  const functions = options.functions ?? new Map();
  const template = parse(source, (name) => builtins.has(name) || functions.has(name));
  return new Evaluator(template, functions, options.missingKey ?? "default").run(data);
}

interface Variable {
  readonly name: string;
  value: Value;
}

type Flow = "on" | "break" | "continue";
const maxDepth = 1000;
const maxOutput = 16 * 1024 * 1024;

class Evaluator {
  readonly #template: Template;
  readonly #functions: ReadonlyMap<string, TemplateFunction>;
  readonly #missingKey: "default" | "error";
  #variables: Variable[] = [];
  #out: string[] = [];
  #size = 0;
  #depth = 0;

  constructor(template: Template, functions: ReadonlyMap<string, TemplateFunction>, missingKey: "default" | "error") {
    this.#template = template;
    this.#functions = functions;
    this.#missingKey = missingKey;
  }

  run(data: Value): string {
    const dot = data ?? undefined;
    this.#variables = [{ name: "$", value: dot }];
    this.#walk(this.#template.root, dot);
    return this.#out.join("");
  }

  #write(text: string, at: number): void {
    this.#size += text.length;
    if (this.#size > maxOutput) throw new TemplateError("the template prints more than 16 MB", at);
    this.#out.push(text);
  }

  #walk(nodes: readonly Node[], dot: Value): Flow {
    for (const node of nodes) {
      const flow = this.#node(node, dot);
      if (flow !== "on") return flow;
    }
    return "on";
  }

  #node(node: Node, dot: Value): Flow {
    switch (node.kind) {
      case "text":
        this.#write(node.text, 0);
        return "on";
      case "action": {
        const value = this.#pipe(node.pipe, dot);
        if (node.pipe.variables.length === 0) this.#write(value === null ? noValue : show(value), node.at);
        return "on";
      }
      case "if":
      case "with": {
        const mark = this.#variables.length;
        const value = this.#pipe(node.pipe, dot);
        const inner = node.kind === "with" ? value : dot;
        const flow = isTrue(value) ? this.#walk(node.body, inner) : this.#walk(node.otherwise, dot);
        this.#variables.length = mark;
        return flow;
      }
      case "range":
        this.#range(node, dot);
        return "on";
      case "break":
      case "continue":
        return node.kind;
      case "template":
        this.#call(node, dot);
        return "on";
    }
  }

  #range(node: Node & { kind: "range" }, dot: Value): void {
    const mark = this.#variables.length;
    const { variables, declares } = node.pipe;
    // The pipeline first assigns the whole value to its variables; with no items, they keep that value.
    const over = this.#pipe(node.pipe, dot);
    if (typeof over === "bigint" && variables.length > 1)
      throw new TemplateError(`can't use ${over} to iterate over more than one variable`, node.at);
    const items = rangeItems(over, node.at);
    for (const [key, value] of items) {
      const values = variables.length === 1 ? [value] : [key, value];
      const inner = this.#variables.length;
      for (const [i, name] of variables.entries()) {
        const declared = declares ? this.#variables[mark + i] : undefined;
        if (declared) declared.value = values[i];
        else this.#assign(name, values[i], node.at);
      }
      const flow = this.#walk(node.body, value);
      this.#variables.length = inner;
      if (flow === "break") break;
    }
    if (items.length === 0) this.#walk(node.otherwise, dot);
    this.#variables.length = mark;
  }

  #call(node: Node & { kind: "template" }, dot: Value): void {
    const body = this.#template.named.get(node.name);
    if (!body) throw new TemplateError(`template ${JSON.stringify(node.name)} not defined`, node.at);
    if (++this.#depth > maxDepth) throw new TemplateError("exceeded maximum template depth", node.at);
    const data = node.pipe ? this.#pipe(node.pipe, dot) : undefined;
    const outer = this.#variables;
    this.#variables = [{ name: "$", value: data }];
    this.#walk(body, data);
    this.#variables = outer;
    this.#depth--;
  }

  #pipe(pipe: Pipe, dot: Value): Value {
    let value: Value;
    for (const [i, command] of pipe.commands.entries()) value = this.#command(command, dot, i > 0 ? [value] : []);
    for (const name of pipe.variables) {
      if (pipe.declares) this.#variables.push({ name, value });
      else this.#assign(name, value, pipe.at);
    }
    return value;
  }

  #assign(name: string, value: Value, at: number): void {
    const variable = this.#variables.findLast((v) => v.name === name);
    if (!variable) throw new TemplateError(`undefined variable ${JSON.stringify(name)}`, at);
    variable.value = value;
  }

  #command(command: Command, dot: Value, piped: readonly Value[]): Value {
    const [first, ...rest] = command.operands as readonly [Operand, ...Operand[]];
    if (first.kind === "function") return this.#function(first.name, rest, dot, piped, first.at);
    const args = () => [...rest.map((operand) => this.#operand(operand, dot)), ...piped];
    if (first.kind === "field") return this.#fields(dot, first.names, first.at, args);
    if (first.kind === "chain") return this.#fields(this.#operand(first.of, dot), first.names, first.at, args);
    if (first.kind === "variable" && first.names.length > 0)
      return this.#fields(this.#variable(first.name, first.at), first.names, first.at, args);
    if (rest.length > 0 || piped.length > 0) throw new TemplateError("can't give argument to non-function", first.at);
    if (first.kind === "nil") throw new TemplateError("nil is not a command", first.at);
    return this.#operand(first, dot);
  }

  #operand(operand: Operand, dot: Value): Value {
    switch (operand.kind) {
      case "dot":
        return dot;
      case "nil":
        return null;
      case "literal":
        return operand.value;
      case "field":
        return this.#fields(dot, operand.names, operand.at);
      case "variable":
        return this.#fields(this.#variable(operand.name, operand.at), operand.names, operand.at);
      case "function":
        return this.#function(operand.name, [], dot, [], operand.at);
      case "chain":
        return this.#fields(this.#operand(operand.of, dot), operand.names, operand.at);
      case "pipe":
        return this.#pipe(operand.pipe, dot);
    }
  }

  #variable(name: string, at: number): Value {
    const variable = this.#variables.findLast((v) => v.name === name);
    if (!variable) throw new TemplateError(`undefined variable ${JSON.stringify(name)}`, at);
    return variable.value;
  }

  /** Only the last name of a chain may take arguments, because it can be a method. */
  #fields(of: Value, names: readonly string[], at: number, args?: () => readonly Value[]): Value {
    let value = of;
    for (const [i, name] of names.entries())
      value = this.#field(value, name, at, i === names.length - 1 ? (args?.() ?? []) : []);
    return value;
  }

  #field(of: Value, name: string, at: number, args: readonly Value[]): Value {
    if (isObject(of)) {
      try {
        if (of.method) return of.method(name, args);
      } catch (error) {
        throw this.#placed(error, name, at);
      }
      throw new TemplateError(`can't evaluate field ${name} in type ${of.goType}`, at);
    }
    if (of === undefined) {
      // With `missingKey: "default"`, a field of a missing value is a missing value too.
      if (this.#missingKey === "default") return undefined;
      throw new TemplateError(`nil data; no entry for key ${JSON.stringify(name)}`, at);
    }
    if (of === null) throw new TemplateError(`nil pointer evaluating interface {}.${name}`, at);
    if (!isMap(of)) throw new TemplateError(`can't evaluate field ${name} in type ${typeName(of)}`, at);
    if (args.length > 0) throw new TemplateError(`${name} is not a method but has arguments`, at);
    if (!of.has(name) && this.#missingKey === "error")
      throw new TemplateError(`map has no entry for key ${JSON.stringify(name)}`, at);
    return of.get(name);
  }

  #function(name: string, operands: readonly Operand[], dot: Value, piped: readonly Value[], at: number): Value {
    const given = operands.length + piped.length;
    if (name === "and" || name === "or") return this.#shortCut(name, operands, dot, piped, at);
    const arity = builtins.has(name) && !this.#functions.has(name) ? builtinArity[name] : undefined;
    if (arity && (given < arity[0] || given > arity[1])) {
      throw new TemplateError(
        `wrong number of args for ${name}: want ${arity[1] === Number.POSITIVE_INFINITY ? `at least ${arity[0]}` : arity[0]} got ${given}`,
        at,
      );
    }
    const call = this.#functions.get(name) ?? builtins.get(name);
    const args = [...operands.map((operand) => this.#operand(operand, dot)), ...piped];
    try {
      return (call as TemplateFunction)(args);
    } catch (error) {
      throw this.#placed(error, name, at);
    }
  }

  #shortCut(name: "and" | "or", operands: readonly Operand[], dot: Value, piped: readonly Value[], at: number): Value {
    if (operands.length + piped.length === 0)
      throw new TemplateError(`wrong number of args for ${name}: want at least 1 got 0`, at);
    let value: Value;
    for (const operand of operands) {
      value = this.#operand(operand, dot);
      if (isTrue(value) === (name === "or")) return value;
    }
    return piped.length > 0 ? piped[0] : value;
  }

  #placed(error: unknown, name: string, at: number): Error {
    return error instanceof FunctionError
      ? new TemplateError(`error calling ${name}: ${error.message}`, at)
      : (error as Error);
  }
}

function rangeItems(over: Value, at: number): readonly (readonly [Value, Value])[] {
  if (over === undefined || over === null) return [];
  if (isList(over)) return over.map((value, i) => [BigInt(i), value] as const);
  if (isMap(over)) return [...over.keys()].sort().map((key) => [key, over.get(key)] as const);
  if (typeof over === "bigint") {
    if (over > 1_000_000n) throw new TemplateError(`range over ${over} is too long`, at);
    return Array.from({ length: Math.max(0, Number(over)) }, (_, i) => [BigInt(i), BigInt(i)] as const);
  }
  throw new TemplateError(`range can't iterate over ${show(over)}`, at);
}
