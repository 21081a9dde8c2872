/**
 * Texts with Go templates: kept with their place while their variables are not known, expanded later. An error points
 * at the character of the file that caused it, also inside quotes, escapes and folded lines.
 */
import type { Diagnostic, Place } from "../diag/diagnostic.ts";
import { Failure } from "../diag/failure.ts";
import type { Environment } from "./environment.ts";
import type { Templated } from "./project.ts";
import { builtins } from "./template/builtins.ts";
import { TemplateError } from "./template/error.ts";
import { expand } from "./template/evaluate.ts";
import { parse } from "./template/syntax/parse.ts";
import { namesRead } from "./template/syntax/reads.ts";
import { placeOf, type ScalarNode } from "./yaml/tree.ts";

/** The text of a scalar, kept for a later expansion. */
export function templated(node: ScalarNode, missing: Templated["missing"]): Templated {
  const at = placeOf(node);
  const lines = node.text.includes("{{") ? node.source.lines(node.start, node.end) : [];
  return { text: node.text, at, missing, ...(lines.length > 1 ? { lines } : {}) };
}

/**
 * The text with its template expanded over the given variables and the environment; a given variable wins.
 * @throws Failure pointing into the configuration
 */
export function expandTemplated(
  value: Templated,
  variables: Readonly<Record<string, string>>,
  environment: Environment,
): string {
  if (!value.text.includes("{{")) return value.text;
  try {
    return expand(value.text, environment.data(variables), {
      functions: environment.functions(),
      missingKey: value.missing === "error" ? "error" : "default",
    });
  } catch (thrown) {
    if (thrown instanceof TemplateError) throw new Failure(templateDiagnostic(value, thrown));
    // A function exceeded a limit of the runtime (a text too long, a stack too deep): this too is reported as an error
    // of the template.
    if (thrown instanceof RangeError)
      throw new Failure(templateDiagnostic(value, new TemplateError(thrown.message, 0)));
    throw thrown;
  }
}

/** An error of the template that shows without its variables. */
export function checkTemplated(value: Templated, environment: Environment): Diagnostic | undefined {
  if (!value.text.includes("{{")) return undefined;
  try {
    parse(value.text, (name) => builtins.has(name) || environment.functions().has(name));
    return undefined;
  } catch (thrown) {
    if (thrown instanceof TemplateError) return templateDiagnostic(value, thrown);
    throw thrown;
  }
}

/**
 * Names that the template reads. The template may use only the built-in functions of the language.
 * @throws Failure pointing into the configuration
 */
export function namesReadBy(value: Templated): readonly string[] {
  try {
    return namesRead(value.text);
  } catch (thrown) {
    if (thrown instanceof TemplateError) throw new Failure(templateDiagnostic(value, thrown));
    throw thrown;
  }
}

function templateDiagnostic(value: Templated, error: TemplateError): Diagnostic {
  const missing = /map has no entry for key "(\w+)"/.exec(error.message)?.[1];
  return {
    severity: "error",
    message: missing === undefined ? `in the template: ${error.message}` : `${missing} is not set`,
    at: placeIn(value, error.at),
    ...(missing === undefined ? {} : { suggestion: `set the environment variable ${missing}` }),
  };
}

/** The place in the file of the character at `offset` of the value. */
export function placeIn({ text, at, lines }: Templated, offset: number): Place {
  const raw = lines ? rawText(at, lines) : at.text.slice(at.column - 1, at.column - 1 + at.length);
  const index = align(raw, text, offset);
  const before = raw.slice(0, index);
  const line = before.split("\n").length - 1;
  const column = line === 0 ? at.column + index : index - before.lastIndexOf("\n");
  return { file: at.file, line: at.line + line, column, length: 1, text: lines?.[line] ?? at.text };
}

function rawText(at: Place, lines: readonly string[]): string {
  const [first = "", ...rest] = lines;
  return [first.slice(at.column - 1), ...rest].join("\n");
}

/**
 * The index in `raw` (with quotes, escapes and indentation) of the character at `offset` in `text`. Both are read side
 * by side; characters that only `raw` has (indentation, quotes, a block's header) are skipped.
 */
function align(raw: string, text: string, offset: number): number {
  const block = /^[|>]/.test(raw);
  const quote = raw.startsWith('"') ? '"' : raw.startsWith("'") ? "'" : "";
  let at = block ? raw.indexOf("\n") + 1 : quote.length;
  for (let i = 0; i <= offset && at < raw.length; i++) {
    at = next(raw, at, text[i], quote);
    if (i < offset) at += width(raw, at, quote);
  }
  return Math.min(at, Math.max(0, raw.length - 1));
}

/** The first index from `at` where `raw` can represent the character. */
function next(raw: string, at: number, char: string | undefined, quote: string): number {
  if (char === undefined) return at;
  for (let i = at; i < raw.length; i++) {
    if (raw[i] === char) return i;
    if (quote === '"' && raw[i] === "\\") return i;
    if (quote === "'" && char === "'" && raw[i] === "'") return i;
    if (char === " " && raw[i] === "\n") return i;
    if (!/\s/.test(raw[i] as string)) return i;
  }
  return at;
}

/** How many characters of `raw` represent one character of the value. */
function width(raw: string, at: number, quote: string): number {
  if (quote === "'" && raw.startsWith("''", at)) return 2;
  if (quote !== '"' || raw[at] !== "\\") return 1;
  const digits = { x: 2, u: 4, U: 8 }[raw[at + 1] as "x" | "u" | "U"] ?? 0;
  return 2 + digits;
}
