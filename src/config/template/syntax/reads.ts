/**
 * The names that a template reads from its data: `.NAME` at the top and `$.NAME` anywhere. The caller computes only
 * these values.
 */

import { builtins } from "../builtins.ts";
import type { TemplateFunction } from "../value.ts";
import type { Node, Operand, Pipe } from "./ast.ts";
import { parse } from "./parse.ts";

/**
 * The names, each once, in order of first use. Inside `range`, `with` and named templates the dot is another value;
 * names read from it are included nevertheless, because an extra name only costs a computation, while a missing one
 * gives a wrong text.
 * @throws TemplateError where the template cannot be parsed.
 */
export function namesRead(source: string, functions: ReadonlyMap<string, TemplateFunction> = new Map()): string[] {
  const { root, named } = parse(source, (name) => builtins.has(name) || functions.has(name));
  const names = new Set<string>();
  const take = (name: string | undefined) => name !== undefined && names.add(name);
  const operand = (one: Operand): void => {
    if (one.kind === "field") take(one.names[0]);
    else if (one.kind === "variable" && one.name === "$") take(one.names[0]);
    else if (one.kind === "chain") operand(one.of);
    else if (one.kind === "pipe") pipe(one.pipe);
  };
  const pipe = ({ commands }: Pipe): void => {
    for (const { operands } of commands) operands.forEach(operand);
  };
  const nodes = (all: readonly Node[]): void => {
    for (const node of all) {
      if ("pipe" in node && node.pipe) pipe(node.pipe);
      if ("body" in node) nodes(node.body);
      if ("otherwise" in node) nodes(node.otherwise);
    }
  };
  nodes(root);
  for (const body of named.values()) nodes(body);
  return [...names];
}
