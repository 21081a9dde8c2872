/**
 * Parses text into YAML documents: version 1.2, core schema, any number of documents. All errors of the text become
 * diagnostics; no input makes this function throw. Duplicate keys are left to `convert.ts`, which names both places.
 */
import { type Document, isNode, parseAllDocuments, type YAMLParseError } from "yaml";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import type { Source } from "./source.ts";

export interface YamlDocument {
  readonly source: Source;
  /** Index of the document, from 0, empty documents not counted. */
  readonly index: number;
  readonly document: Document;
}

/** A longer text is refused. */
const longest = 32 * 1024 * 1024;
/** How many errors are reported per document: later ones are mostly consequences of the first. */
const mostErrors = 5;

/** The well-formed documents. Empty ones (a trailing `---`) are left out. */
export function readYaml(source: Source, report: (d: Diagnostic) => void): YamlDocument[] {
  if (source.text.length > longest) {
    report({ severity: "error", message: `${source.shown} is larger than 32 MB`, at: source.place(0, 1) });
    return [];
  }
  let documents: readonly Document[];
  try {
    documents = parseAllDocuments(source.text, { uniqueKeys: false, prettyErrors: false, logLevel: "silent" });
  } catch (thrown) {
    report(unreadable(source, thrown));
    return [];
  }
  const found: YamlDocument[] = [];
  for (const document of documents) {
    const deep = document.errors.find(({ message }) => message.includes("call stack"));
    if (deep) report(tooDeep(source, deep.pos[0]));
    else for (const error of document.errors.slice(0, mostErrors)) report(syntaxError(source, error));
    if (document.errors.length > 0 || isEmpty(document)) continue;
    found.push({ source, index: found.length, document });
  }
  return found;
}

function isEmpty({ contents }: Document): boolean {
  if (contents === null) return true;
  return isNode(contents) && "value" in contents && contents.value === null;
}

function syntaxError(source: Source, error: YAMLParseError): Diagnostic {
  const [start, end] = error.pos;
  const message = error.message.replace(/\.$/, "").split("\n")[0] ?? "";
  const suggestion = advice(source.text, start, error);
  return {
    severity: "error",
    message: `not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`,
    at: source.place(start, end),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** A suggestion for the most common causes of syntax errors. */
function advice(text: string, at: number, error: YAMLParseError): string | undefined {
  if (error.code === "TAB_AS_INDENT" || /\t/.test(text.slice(text.lastIndexOf("\n", at - 1) + 1, at)))
    return "YAML is indented with spaces, never with tabs";
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1).split("\n", 1)[0] ?? "";
  if (/:\s*\{\{|^\s*-\s*\{\{/.test(line)) return "put quotes around a value that begins with {{";
  return undefined;
}

function unreadable(source: Source, thrown: unknown): Diagnostic {
  if (thrown instanceof RangeError) return tooDeep(source, 0);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { severity: "error", message: `cannot be read as YAML: ${message}`, at: source.place(0, 1) };
}

/** The diagnostic where the YAML library ran out of stack, far beyond the limit of `convert.ts`. */
function tooDeep(source: Source, at: number): Diagnostic {
  return { severity: "error", message: "nested too deeply to be read", at: source.place(at, at + 1) };
}
